// Versions of a device's firmware as people write them ("2.10.1", "V1.4", "2.3-rc1"), compared number by number, and
// which points a version has. Pure; any thread; cannot fail.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "device/profile.hpp"
#include "model/asset.hpp"

namespace wayside::device {

// Who a device says it is (IdentitySpec); empty: it does not say, or could not be read.
using DeviceIdentity = model::DeviceIdentity;

// Runs of digits as numbers of any length, everything else in between as text without case; separators and a leading
// "v" do not count; what is missing is 0: 2.3 = 2.3.0 < 2.10 < 3. A letter suffix comes after the bare version
// (1.4 < 1.4b), but for "-rc1" and the like, which come before it.
[[nodiscard]] std::strong_ordering compare_firmware(std::string_view a, std::string_view b);

// Whether a device with this firmware has the point. An unknown firmware (empty) is taken to have all: what it then
// lacks it refuses.
[[nodiscard]] bool has_point(std::string_view firmware, const PointSpec& point);

}  // namespace wayside::device
