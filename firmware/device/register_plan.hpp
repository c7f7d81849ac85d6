// What to read from a Modbus device: blocks, grouped by how often. Computed once at start from the profile;
// checked against the protocol's limits (Modbus application protocol V1.1b3, 6.1-6.4). Values; any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::device {

enum class RegisterKind : std::uint8_t { coil, discrete, holding, input };

[[nodiscard]] std::string_view to_string(RegisterKind kind);

inline constexpr std::uint16_t kMaxReadRegisters = 125;
inline constexpr std::uint16_t kMaxReadBits = 2000;

[[nodiscard]] constexpr std::uint16_t max_read(RegisterKind kind) {
  return kind == RegisterKind::coil || kind == RegisterKind::discrete ? kMaxReadBits : kMaxReadRegisters;
}

struct RegisterBlock {
  RegisterKind kind = RegisterKind::holding;
  std::uint16_t first = 0;  // protocol address, from 0
  std::uint16_t count = 0;
  auto operator<=>(const RegisterBlock&) const = default;
};

// Blocks that are read together, one after another: one instant.
struct PollGroup {
  std::chrono::microseconds period{};
  std::vector<RegisterBlock> blocks;
};

struct ReadPlan {
  std::vector<PollGroup> groups;
};

}  // namespace wayside::device
