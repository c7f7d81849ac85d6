// YamlMap: one YAML mapping read key by key. Throws SceneError with line and column; parse_scene catches it. Private
// to scene.cpp and not for other use.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::sim {

class SceneError : public std::runtime_error {
 public:
  SceneError(const YAML::Node& node, std::string_view what);
};

class YamlMap {
 public:
  // `keys` are the allowed ones.
  YamlMap(YAML::Node node, std::string_view what, std::vector<std::string> keys);
  [[nodiscard]] bool has(const std::string& key) const { return static_cast<bool>(node_[key]); }
  [[nodiscard]] YAML::Node node(const std::string& key) const { return node_[key]; }
  [[nodiscard]] std::string text(const std::string& key) const;  // required
  [[nodiscard]] std::string text(const std::string& key, std::string otherwise) const;
  [[nodiscard]] double number(const std::string& key, double otherwise, double lowest, double highest) const;
  [[nodiscard]] int whole(const std::string& key, int otherwise, int lowest, int highest) const;
  [[noreturn]] void fail(const std::string& key, std::string_view what) const;

 private:
  YAML::Node node_;
  std::string what_;
};

}  // namespace wayside::sim
