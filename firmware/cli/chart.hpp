// A series as a chart of characters: braille (2 x 4 dots a character) where the terminal takes UTF-8, else ASCII. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace wayside::cli {

enum class Ink { braille, ascii };
// By LC_ALL, LC_CTYPE and LANG, as the C library would.
[[nodiscard]] Ink ink_of_locale();

// Newest last; none: no value at that time. The lines, from above, each of `width` columns; `height` of them. Its scale
// goes from the least to the greatest value; one that does not move stands in the middle.
struct Chart {
  std::vector<std::string> lines;
  double least = 0;
  double greatest = 0;
};
[[nodiscard]] Chart chart(const std::vector<std::optional<double>>& values, std::size_t width, std::size_t height,
                          Ink ink);

// One line of a character a value, the newest last: blocks of eight heights, or digits 0 to 9 in ASCII.
[[nodiscard]] std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width, Ink ink);

}  // namespace wayside::cli
