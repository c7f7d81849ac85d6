#include "rules/template.hpp"

#include <fmt/format.h>

namespace wayside::rules {
namespace {

constexpr std::string_view kLabels = "$labels.";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

bool is_label(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

Template::Compiled Template::compile(std::string_view text) {
  Compiled out;
  while (!text.empty()) {
    const auto open = text.find("{{");
    if (open != 0) out.text.pieces_.push_back({Piece::Kind::text, std::string(text.substr(0, open))});
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) {
      out.error = fmt::format("'{}' is not closed, write '}}}}'", text.substr(open, 20));
      break;
    }
    const auto inside = trimmed(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 2);
    if (inside == "$value") {
      out.text.pieces_.push_back({Piece::Kind::value, {}});
    } else if (inside.starts_with(kLabels) && is_label(inside.substr(kLabels.size()))) {
      out.text.pieces_.push_back({Piece::Kind::label, std::string(inside.substr(kLabels.size()))});
    } else {
      out.error = fmt::format("'{{{{ {} }}}}' is not known, there are $value and $labels.NAME", inside);
      break;
    }
  }
  return out;
}

std::string Template::render(std::string_view value, const std::map<std::string, std::string>& labels) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::text: out += piece.text; break;
      case Piece::Kind::value: out += value; break;
      case Piece::Kind::label: {
        const auto found = labels.find(piece.text);
        out += found != labels.end() ? found->second : "-";
        break;
      }
    }
  }
  return out;
}

}  // namespace wayside::rules
