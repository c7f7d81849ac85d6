// What a profile says about writing: how a point is commanded, and what is set up when the device begins to answer.
// Private to config; the reader's thread; nothing throws.
#pragma once

#include <string>
#include <vector>

#include "config/registers.hpp"
#include "config/yaml_reader.hpp"
#include "device/profile.hpp"

namespace wayside::config {

// `write: true` (the point's own register) or a map. Reads it into point.write; call it when all else of the point has
// been read.
void read_write(const Value& value, device::PointSpec& point, const PointRules& rules);

// `setup`. `options`: those that `when` may name.
[[nodiscard]] std::vector<device::SetupWrite> read_setup(const Value& list, const std::vector<std::string>& options,
                                                         const PointRules& rules);

// `identity`.
[[nodiscard]] device::IdentitySpec read_identity(const Value& value, const PointRules& rules);

// Whether every `read_back` of the points of `list` is one of them, or one of `others`.
void check_read_backs(const Value& list, const std::vector<std::string>& others);

}  // namespace wayside::config
