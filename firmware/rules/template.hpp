// The text of an annotation with its places to fill: {{ $value }} and {{ $labels.NAME }}, as in Prometheus, and
// {{ expression }} of the rules' language. Cut once when a rule is loaded; rendered at each transition of an alarm.
// Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::rules {

class Template {
 public:
  struct Compiled;
  // Error: a place that is not closed or is empty. Expressions are only cut out.
  [[nodiscard]] static Compiled compile(std::string_view text);

  [[nodiscard]] const std::vector<std::string>& expressions() const { return expressions_; }
  // `results`: by expression. A label or a result that is not there gives "-".
  [[nodiscard]] std::string render(std::string_view value, const std::map<std::string, std::string>& labels,
                                   const std::vector<std::string>& results) const;

 private:
  struct Piece {
    enum class Kind { text, value, label, expression } kind = Kind::text;
    std::string text;  // of a label its name
    std::size_t expression = 0;
  };
  std::vector<Piece> pieces_;
  std::vector<std::string> expressions_;
};

struct Template::Compiled {
  Template text;
  std::string error;  // empty: none
};

}  // namespace wayside::rules
