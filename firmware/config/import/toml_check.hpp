// What toml++ must not see. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace wayside::config {

// The line of the first letter beyond ASCII where TOML allows blanks but no letter: outside of quotes and comments, or
// first after a backslash that ends a line. None: there is none. toml++ up to 3.4 asks of such a letter whether it is
// a blank and has no defined answer (github.com/marzer/tomlplusplus issues 190, 295).
[[nodiscard]] std::optional<int> line_of_bare_letter(std::string_view toml);

}  // namespace wayside::config
