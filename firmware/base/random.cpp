#include "base/random.hpp"

#include <sys/random.h>

#include "base/assert.hpp"

namespace wayside::base {

std::uint64_t SeededRandom::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  // Eight bytes are never cut short by a signal (getrandom(2)).
  WAYSIDE_ASSERT(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace wayside::base
