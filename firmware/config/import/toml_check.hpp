// What toml++ must not see: letters beyond ASCII. Where it looks for a blank it has no defined answer for some of them
// (up to 3.4: github.com/marzer/tomlplusplus issues 190, 295), and where it looks depends on what is wrong with the
// text. So it gets ASCII only, and the texts it returns are turned back. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace wayside::config {

// Each byte beyond ASCII, and '~' itself, as '~' and two hex digits. Lines stay where they are. Outside of quotes and
// comments, where TOML allows no such letter, it allows no '~' either.
[[nodiscard]] std::string veiled(std::string_view toml);
[[nodiscard]] std::string unveiled(std::string_view text);

}  // namespace wayside::config
