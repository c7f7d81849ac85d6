// How profiles write the types and byte orders of values. Pure; any thread.
#pragma once

#include <string_view>

#include "device/profile.hpp"

namespace wayside::device {

[[nodiscard]] std::string_view to_string(Encoding encoding);  // "f32"
[[nodiscard]] std::string_view to_string(ByteOrder order);    // "ABCD"

}  // namespace wayside::device
