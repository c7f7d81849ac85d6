// Versions of a device's firmware, and which points it has by them. Pure; any thread.
#pragma once

#include <compare>
#include <string_view>

#include "device/profile.hpp"

namespace wayside::device {

// Number by number: "2.10" is after "2.9", "2" is "2.0". What is no number ("v", "-rc1") only separates.
[[nodiscard]] std::strong_ordering compare_firmware(std::string_view a, std::string_view b);

// Whether a device with this firmware has the point. An unknown ("") firmware has all: a device that lacks one answers
// with an exception, and the point is parked.
[[nodiscard]] bool stands_in(const PointSpec& point, std::string_view firmware);

}  // namespace wayside::device
