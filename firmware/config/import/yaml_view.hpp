// A YAML or JSON document read forgivingly: what is missing or of another shape is simply not there. (The strict reader
// of our own files is yaml_reader.hpp.) Private to config/import; one thread; nothing throws.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/import/collector.hpp"

namespace wayside::config {

class YamlView {
 public:
  YamlView() = default;
  explicit YamlView(YAML::Node node) : node_(std::move(node)) {}
  YamlView(const YamlView&) = default;
  ~YamlView() = default;
  // Assigning a YAML::Node would change the document.
  YamlView& operator=(const YamlView&) = delete;

  [[nodiscard]] bool is_map() const { return node_.IsDefined() && node_.IsMap(); }
  [[nodiscard]] bool is_list() const { return node_.IsDefined() && node_.IsSequence(); }
  [[nodiscard]] bool exists() const { return node_.IsDefined() && !node_.IsNull(); }
  // From 1; of an absent one 1.
  [[nodiscard]] int line() const;

  // The value of a key; the first of several. Absent when this is no map.
  [[nodiscard]] YamlView operator[](std::string_view key) const;
  [[nodiscard]] std::vector<YamlView> items() const;
  // Key and value.
  [[nodiscard]] std::vector<std::pair<std::string, YamlView>> entries() const;

  // The word as written; "" for what is no scalar.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_quoted() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;  // also quoted
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<bool> truth() const;

 private:
  YAML::Node node_{YAML::NodeType::Undefined};
};

// None: no document, or more than one, or none that can be read; a finding says so.
[[nodiscard]] std::optional<YamlView> read_yaml(std::string_view text, Collector& out);

}  // namespace wayside::config
