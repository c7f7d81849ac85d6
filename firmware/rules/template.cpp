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
    if (open != 0) out.text.pieces_.push_back({Piece::Kind::text, std::string(text.substr(0, open)), 0});
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) {
      out.error = fmt::format("'{}' is not closed, write '}}}}'", text.substr(open, 20));
      break;
    }
    const auto inside = trimmed(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 2);
    if (inside == "$value") {
      out.text.pieces_.push_back({Piece::Kind::value, {}, 0});
    } else if (inside.starts_with(kLabels) && is_label(inside.substr(kLabels.size()))) {
      out.text.pieces_.push_back({Piece::Kind::label, std::string(inside.substr(kLabels.size())), 0});
    } else if (inside.empty()) {
      out.error = "'{{ }}' is empty, there are $value, $labels.NAME and expressions";
      break;
    } else {
      out.text.pieces_.push_back({Piece::Kind::expression, {}, out.text.expressions_.size()});
      out.text.expressions_.emplace_back(inside);
    }
  }
  return out;
}

std::string Template::render(std::string_view value, const std::map<std::string, std::string>& labels,
                             const std::vector<std::string>& results) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::text: out += piece.text; break;
      case Piece::Kind::value: out += value; break;
      case Piece::Kind::expression: {
        const bool there = piece.expression < results.size() && !results[piece.expression].empty();
        out += there ? results[piece.expression] : "-";
        break;
      }
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
