#include "sim/yaml_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/nearest.hpp"

namespace wayside::sim {

SceneError::SceneError(const YAML::Node& node, std::string_view what)
    : std::runtime_error(fmt::format("{}:{}: {}", node.Mark().line + 1, node.Mark().column + 1, what)) {}

YamlMap::YamlMap(YAML::Node node, std::string_view what, std::vector<std::string> keys)
    : node_(std::move(node)), what_(what) {
  if (!node_.IsMap()) throw SceneError(node_, fmt::format("{} must be a mapping", what_));
  for (const auto& entry : node_) {
    const std::string& key = entry.first.Scalar();
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    throw SceneError(entry.first, fmt::format("{}: unknown key '{}'{}", what_, key, nearest_hint(key, keys)));
  }
}

void YamlMap::fail(const std::string& key, std::string_view what) const {
  throw SceneError(has(key) ? node_[key] : node_, fmt::format("{}: '{}' {}", what_, key, what));
}

std::string YamlMap::text(const std::string& key) const {
  if (!has(key)) fail(key, "is missing");
  if (!node_[key].IsScalar() || node_[key].Scalar().empty()) fail(key, "must be a text");
  return node_[key].Scalar();
}

std::string YamlMap::text(const std::string& key, std::string otherwise) const {
  return has(key) ? text(key) : otherwise;
}

double YamlMap::number(const std::string& key, double otherwise, double lowest, double highest) const {
  if (!has(key)) return otherwise;
  const std::string scalar = text(key);
  double value = 0;
  const auto [end, error] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
  if (error != std::errc{} || end != scalar.data() + scalar.size()) fail(key, "must be a number");
  if (!(value >= lowest && value <= highest)) fail(key, fmt::format("must be within {}..{}", lowest, highest));
  return value;
}

int YamlMap::whole(const std::string& key, int otherwise, int lowest, int highest) const {
  const double value = number(key, otherwise, lowest, highest);
  if (value != std::floor(value)) fail(key, "must be a whole number");
  return static_cast<int>(value);
}

}  // namespace wayside::sim
