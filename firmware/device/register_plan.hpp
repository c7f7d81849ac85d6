// What to read from a Modbus device: blocks, grouped by how often. Computed once at start from the profile;
// checked against the protocol's limits (Modbus application protocol V1.1b3, 6.1-6.4). Values; any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "device/frame_protocol.hpp"

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

inline constexpr std::uint16_t kMaxWriteRegisters = 123;
inline constexpr std::uint16_t kMaxWriteBits = 1968;

// One write: `values` words (or 0 and 1) from `first` on. kind: coil or holding.
struct RegisterWrite {
  RegisterKind kind = RegisterKind::holding;
  std::uint16_t first = 0;
  std::vector<std::uint16_t> values;
  // One value goes by FC 05 / 06, or by FC 15 / 16 where the device knows only those; several always by the latter.
  bool multiple = false;
  bool operator==(const RegisterWrite&) const = default;
};

// What is read together, one after another: one instant.
struct PollGroup {
  std::chrono::microseconds period{};
  std::vector<RegisterBlock> blocks;  // empty for a frame protocol: Driver::next_frame says what to send
};

struct ReadPlan {
  std::vector<PollGroup> groups;
  const FrameProtocol* protocol = nullptr;  // null: Modbus
  // The device speaks by itself: nothing is sent, each frame is decoded as it comes. Needs a bus of its own.
  bool listen = false;
};

}  // namespace wayside::device
