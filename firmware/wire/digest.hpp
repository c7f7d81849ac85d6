// SHA-256 of a text, as sha256sum prints it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace wayside::wire {

[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace wayside::wire
