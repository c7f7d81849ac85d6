#include "sim/devices/bank.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace wayside::sim {
namespace {

constexpr std::uint16_t high(std::uint32_t value) { return static_cast<std::uint16_t>(value >> 16U); }
constexpr std::uint16_t low(std::uint32_t value) { return static_cast<std::uint16_t>(value & 0xFFFFU); }
constexpr std::uint16_t next(std::uint16_t address) { return static_cast<std::uint16_t>(address + 1); }

}  // namespace

void Bank::map(std::uint16_t address, std::uint16_t count) {
  for (std::uint32_t i = 0; i < count; ++i) words_.emplace(static_cast<std::uint16_t>(address + i), std::uint16_t{0});
}

void Bank::set(std::uint16_t address, std::uint16_t word) {
  const auto found = words_.find(address);
  WAYSIDE_ASSERT(found != words_.end());
  found->second = word;
}

void Bank::set_signed(std::uint16_t address, int value) {
  set(address, static_cast<std::uint16_t>(static_cast<std::int16_t>(std::clamp(value, -32768, 32767))));
}

void Bank::set_u32(std::uint16_t address, std::uint32_t value) {
  set(address, high(value));
  set(next(address), low(value));
}

void Bank::set_float(std::uint16_t address, double value) {
  set_u32(address, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
}

void Bank::set_float_low_first(std::uint16_t address, double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  set(address, low(bits));
  set(next(address), high(bits));
}

std::optional<Words> Bank::read(std::uint16_t address, std::uint16_t count) const {
  Words out;
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = address + i;
    if (at > 0xFFFFU) return std::nullopt;
    const auto found = words_.find(static_cast<std::uint16_t>(at));
    if (found == words_.end()) return std::nullopt;
    out.push_back(found->second);
  }
  return out;
}

}  // namespace wayside::sim
