// Cuts the text of an expression into tokens. First step of text -> tokens -> tree -> program.
// Pure function; any thread. Safe on any bytes: the text comes from a person's file.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rules/language/token.hpp"

namespace wayside::rules {

struct Tokens {
  std::vector<Token> tokens;  // the last one is `end`
  std::optional<SyntaxError> error;
};

// Stops at the first byte that begins no token.
[[nodiscard]] Tokens tokenize(std::string_view text);

}  // namespace wayside::rules
