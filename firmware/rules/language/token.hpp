// The smallest pieces of an expression. A token keeps where it stands, so that every later error can point at it.
// Values; any thread.
#pragma once

#include <cstddef>
#include <string>

namespace wayside::rules {

enum class TokenKind {
  number,
  duration,  // 5m, 1h30m
  text,      // "..."
  name,      // a metric or a label
  word_and,
  word_or,
  word_not,
  word_true,
  word_false,
  word_by,
  plus,
  minus,
  star,
  slash,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  assign,  // '=', of a selector only
  comma,
  open_paren,
  close_paren,
  open_brace,
  close_brace,
  open_bracket,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t offset = 0;  // of its first byte in the expression
  std::string text;        // as written; of a text what stands between the quotes; of the end "end of expression"
  double number = 0;       // of a duration seconds
};

// What is wrong with an expression, and at which byte of it.
struct SyntaxError {
  std::size_t offset = 0;
  std::string what;
};

}  // namespace wayside::rules
