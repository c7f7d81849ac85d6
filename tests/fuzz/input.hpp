// The bytes of the fuzzer, taken from the front; past the end zeros and nothing. And what a target does when it finds
// something. One thread.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.hpp"

namespace wayside::fuzz {

class Input {
 public:
  explicit Input(base::ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] base::ByteView rest() const { return bytes_; }
  std::uint8_t u8() {
    const auto one = take(1);
    return one.empty() ? std::uint8_t{0} : one[0];
  }
  std::uint16_t u16() {
    const auto high = u8();
    return static_cast<std::uint16_t>(unsigned{high} << 8U | u8());
  }
  base::ByteView take(std::size_t most) {
    const auto taken = bytes_.first(std::min(most, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  base::ByteView bytes_;
};

// Ends the process with the sentence that does not hold: a finding.
inline void require(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", sentence);
  std::abort();
}

}  // namespace wayside::fuzz
