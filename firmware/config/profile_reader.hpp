// A profile out of its document. Private to config; the reader's thread; nothing throws.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/yaml_reader.hpp"
#include "device/driver.hpp"

namespace wayside::config {

using Families = std::span<const device::DriverFamily* const>;

// None when there was any problem.
[[nodiscard]] std::optional<device::Profile> read_profile(const Document& document, Families families,
                                                          Problems& problems);

// Every option that a device of this profile may have: the family's and the groups' counts.
[[nodiscard]] std::vector<std::string> option_names(const device::Profile& profile, Families families);

}  // namespace wayside::config
