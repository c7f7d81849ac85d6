// The types of the language: number and truth. A metric is a number (a point of truths counts as 1 and 0);
// comparisons and logic give truths; == and != also compare truths, and a point with the name of one of its values.
// Units are another matter: units.hpp. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include "rules/language/ast.hpp"
#include "rules/language/token.hpp"

namespace wayside::rules {

// What a tree gives, once it is well typed.
[[nodiscard]] Type type_of(const Node& node);

// The first place, if any, where a tree does not fit together.
[[nodiscard]] std::optional<SyntaxError> check_types(const Node& root);
// The same, or that it is not a condition as a whole.
[[nodiscard]] std::optional<SyntaxError> check_condition(const Node& root);

// As a person would write it: volume, volume{lane="2"}.
[[nodiscard]] std::string to_string(const PointReference& point);

// A tree in one way of writing, whatever its blanks and needless parentheses were.
[[nodiscard]] std::string to_string(const Node& node);

}  // namespace wayside::rules
