// SHA-256. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace wayside::wire {

[[nodiscard]] base::Bytes sha256(base::ByteView bytes);  // 32 bytes

// As sha256sum prints it.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace wayside::wire
