// Metrics in Prometheus's text format, version 0.0.4: families with their help and type, samples with labels. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wayside::daemon {

class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Begins a family; its samples follow. `type`: "counter", "gauge", "histogram".
  void family(std::string_view name, std::string_view type, std::string_view help);
  // Of the family begun last.
  void sample(double value, Labels labels = {}) { line("", value, labels); }
  // "_bucket", "_sum", "_count" of a histogram.
  void part(std::string_view suffix, double value, Labels labels = {}) { line(suffix, value, labels); }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, double value, Labels labels);

  std::string name_;
  std::string text_;
};

}  // namespace wayside::daemon
