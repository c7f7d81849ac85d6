// Where a value stands on the device and how it is written there: register, address, type, bits, order. The same for
// points, set-up writes and identity. Private to config; the reader's thread; nothing throws.
#pragma once

#include <cstdint>

#include "config/yaml_reader.hpp"
#include "device/profile.hpp"

namespace wayside::config {

inline constexpr std::int64_t kLastAddress = 65535;

// What a profile says of all its points.
struct PointRules {
  std::uint16_t max_read_registers = device::kMaxReadRegisters;
  // False in the profile of a frame protocol: its points need no register, address and type.
  bool registers = true;
};

// `register`, `address`, `type`, `length`, `bit`, `bits`, `order`.
void read_register(MapReader& map, device::PointSpec& point, const PointRules& rules);

// The same without `register` and `address`, which are known already.
void read_type(MapReader& map, device::PointSpec& point, const PointRules& rules);

// Only `register` and `address`, of something that is written: a coil or a holding register.
void read_written_place(MapReader& map, device::RegisterKind& kind, std::uint16_t& address, bool needed);

// `scale` and `offset`.
void read_scale(MapReader& map, device::PointSpec& point);

}  // namespace wayside::config
