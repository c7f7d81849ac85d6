// Every way in which registers may stand for a number that a person reads on a meter's display. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device/profile.hpp"

namespace wayside::cli {

struct Match {
  device::RegisterKind kind = device::RegisterKind::holding;
  std::uint16_t address = 0;
  device::Encoding encoding = device::Encoding::u16;
  device::ByteOrder order = device::ByteOrder::abcd;
  int exponent = 0;  // value = raw * 10^exponent
  double value = 0;
  double off = 0;  // from what was expected, as a share of it
};

struct Wanted {
  double value = 0;      // not 0
  double tolerance = 0;  // as a share of it
  double shown = 0;      // half of the last digit that the display has, as a share of it
};

// In words that came from `first` on. Types: 16, 32 and 64 bits with and without sign, floats, BCD; every order of
// words and bytes; powers of ten from -4 to 3. A signed type only where the number is below zero: else the one
// without a sign says the same.
[[nodiscard]] std::vector<Match> search(const device::RegisterBlock& block, std::span<const std::uint16_t> words,
                                        const Wanted& wanted);

// Nearest first; of those that the display would show alike the plainer one: fewer tens, then the usual order of bytes,
// then floats, then fewer registers.
void sort_matches(std::vector<Match>& matches, const Wanted& wanted);

}  // namespace wayside::cli
