// Where the characters of a YAML scalar stand in its file. Folding, indentation and escapes part the value from what is
// written; both are walked side by side. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "model/rule_spec.hpp"

namespace wayside::config {

// Of a scalar's first character, as YAML marks it: a quote, the '|' or '>' of a block, the text itself.
struct TextStart {
  std::size_t offset = 0;  // in the document, bytes
  int line = 0;            // from 1, as the column
  int column = 0;
};

// Ascending by offset. What follows a piece stands in one line with it. Where value and document part (an escape by
// number, another encoding) it ends early: the last piece then stands for the rest.
[[nodiscard]] std::vector<model::TextPiece> find_text(std::string_view document, TextStart start,
                                                      std::string_view value);

}  // namespace wayside::config
