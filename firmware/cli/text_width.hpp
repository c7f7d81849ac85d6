// How wide text is on a terminal, and cutting and wrapping it there: UTF-8, colour sequences, wide characters of East
// Asian scripts. Pure functions; bytes that are no UTF-8 count as one column each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wayside::cli {

[[nodiscard]] std::size_t width_of(std::string_view text);

// At most `width` columns; what was cut ends with ".." where there is room for it. A colour that was begun is ended.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t width);

// Lines of at most `width` columns, broken at blanks where there are any; all but the first are indented.
// Requires: width > indent + 1.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace wayside::cli
