// Cuts the text of an expression into tokens. First step of text -> tokens -> tree -> program.
// Pure function; any thread. Safe on any bytes: the text comes from a person's file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/token.hpp"

namespace wayside::rules {

struct Tokens {
  std::vector<Token> tokens;  // the last one is `end`
  std::optional<SyntaxError> error;
};

// What $name stands for: a number, a duration, else a text.
using Parameters = std::map<std::string, std::string>;

// Stops at the first byte that begins no token. A parameter becomes the token of what it stands for.
[[nodiscard]] Tokens tokenize(std::string_view text, const Parameters& parameters = {});

}  // namespace wayside::rules
