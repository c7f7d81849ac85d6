// Texts that people give and that become parts of events, records and log lines. Pure; any thread.
#pragma once

#include <string>

namespace wayside::base {

// Any script is welcome: only control characters are kept out, blanks at both ends go, and nothing is cut inside a
// character (UTF-8) when it is longer than `most` bytes.
[[nodiscard]] std::string one_line(std::string text, std::size_t most);

}  // namespace wayside::base
