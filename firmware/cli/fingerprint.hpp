// Which profiles fit a device: the registers that a profile names are read, and what it says of their values (range,
// enumeration, error values, identity) is held against what came. Reads only.
#pragma once

#include <string>
#include <vector>

#include "cli/field_line.hpp"
#include "device/profile.hpp"

namespace wayside::cli {

// The Modbus profiles of these folders; files with problems are left out.
[[nodiscard]] std::vector<device::Profile> modbus_profiles(const std::vector<std::string>& folders);

struct Likeness {
  std::string profile;
  std::string title;
  std::size_t fits = 0;    // values that say something and are as the profile says
  std::size_t looked = 0;  // of so many that say something
};

// Those that fit, the best first. Errors: a person has stopped it, or the line is gone.
[[nodiscard]] base::Result<std::vector<Likeness>> likely_profiles(FieldLine& line, std::uint8_t unit,
                                                                  const std::vector<device::Profile>& profiles,
                                                                  std::chrono::microseconds timeout);

}  // namespace wayside::cli
