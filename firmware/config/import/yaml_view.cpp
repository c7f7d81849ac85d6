#include "config/import/yaml_view.hpp"

#include <algorithm>
#include <cmath>

#include "config/document.hpp"
#include "config/import/names.hpp"
#include "config/scalars.hpp"

namespace wayside::config {

int YamlView::line() const { return node_.IsDefined() ? std::max(node_.Mark().line, 0) + 1 : 1; }

YamlView YamlView::operator[](std::string_view key) const {
  if (!is_map()) return {};
  for (const auto& item : node_) {
    if (item.first.IsScalar() && item.first.Scalar() == key) return YamlView(item.second);
  }
  return {};
}

std::vector<YamlView> YamlView::items() const {
  std::vector<YamlView> out;
  if (!is_list()) return out;
  for (const auto& item : node_) out.emplace_back(item);
  return out;
}

std::vector<std::pair<std::string, YamlView>> YamlView::entries() const {
  std::vector<std::pair<std::string, YamlView>> out;
  if (!is_map()) return out;
  for (const auto& item : node_) {
    if (item.first.IsScalar()) out.emplace_back(item.first.Scalar(), YamlView(item.second));
  }
  return out;
}

std::string YamlView::text() const { return node_.IsDefined() && node_.IsScalar() ? node_.Scalar() : std::string(); }

bool YamlView::is_quoted() const { return node_.IsDefined() && node_.Tag() == "!"; }

std::optional<std::int64_t> YamlView::integer() const {
  const auto word = text();
  if (const auto whole = parse_integer(trimmed(word))) return whole;
  const auto value = number();  // 1.0 in JSON is one
  if (!value || std::floor(*value) != *value || std::abs(*value) > 1e15) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<double> YamlView::number() const {
  const auto word = text();
  return parse_number(trimmed(word));
}

std::optional<bool> YamlView::truth() const {
  const auto word = lower(trimmed(text()));
  return parse_truth(word);
}

std::optional<YamlView> read_yaml(std::string_view text, Collector& out) {
  Problems problems;
  auto document = parse_document(out.options().file, std::string(text), problems);
  if (document) return YamlView(document->root);
  for (const auto& problem : problems) out.refused(problem.place.line, "the file", problem.what);
  return std::nullopt;
}

}  // namespace wayside::config
