// The Random seam: everything drawn by chance comes through here, so that a run can be repeated from its seed.
// Not for keys or secrets, but for ids, jitter and simulated faults. Each object is used by one thread.
#pragma once

#include <cstdint>

namespace wayside::base {

class Random {
 public:
  virtual ~Random() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0;

  // Uniform in [0, bound). Requires: bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // Uniform in [0, 1).
  [[nodiscard]] double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  [[nodiscard]] bool chance(double probability) { return unit() < probability; }
};

// SplitMix64 (Steele, Lea, Flood 2014): one word of state, any seed is good.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

// From the kernel's getrandom().
class SystemRandom final : public Random {
 public:
  [[nodiscard]] std::uint64_t next() override;
};

}  // namespace wayside::base
