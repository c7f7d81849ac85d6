// Text of an expression to its tree. Grammar, loosest first:
//   or  ->  and  ->  not  ->  == != < <= > >= (no chain)  ->  + -  ->  * /  ->  unary -  ->
//   number | $parameter | true | false | ( expression ) | metric | metric{label="value", ...} | "text" | 5m
//   | function(argument, ...) | aggregation(x) | aggregation(x) by (label, ...) | aggregation by (label, ...) (x)
// Pure function; any thread. Safe on any bytes: length and nesting are bounded.
#pragma once

#include <optional>
#include <string_view>

#include "rules/language/ast.hpp"
#include "rules/language/lexer.hpp"
#include "rules/language/token.hpp"

namespace wayside::rules {

inline constexpr std::size_t kLongestExpression = 4096;
inline constexpr int kDeepestNesting = 64;
inline constexpr std::size_t kMostArguments = 64;

struct Parsed {
  NodePtr root;  // null when there is an error
  std::optional<SyntaxError> error;
};

[[nodiscard]] Parsed parse(std::string_view text, const Parameters& parameters = {});

}  // namespace wayside::rules
