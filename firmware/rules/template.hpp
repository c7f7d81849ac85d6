// The text of an annotation with its places to fill: {{ $value }} and {{ $labels.NAME }}, as in Prometheus.
// Cut once when a rule is loaded; rendered at each transition of an alarm. Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::rules {

class Template {
 public:
  struct Compiled;
  // Error: a place that is not closed, or is neither of the two.
  [[nodiscard]] static Compiled compile(std::string_view text);

  // A label that is not there gives "-".
  [[nodiscard]] std::string render(std::string_view value, const std::map<std::string, std::string>& labels) const;

 private:
  struct Piece {
    enum class Kind { text, value, label } kind = Kind::text;
    std::string text;  // of a label its name
  };
  std::vector<Piece> pieces_;
};

struct Template::Compiled {
  Template text;
  std::string error;  // empty: none
};

}  // namespace wayside::rules
