// When connections came: whether a fleet that lost its broker comes back as a wave. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace wayside::sim {

struct Wave {
  double outage_s = 0;            // from the loss of the connections to the first one that was taken again
  double back_s = 0;              // from there until all were
  double half_back_s = 0;         // until half of them were
  std::uint32_t most_100ms = 0;   // connections taken within 100 ms
  std::uint32_t most_1s = 0;      // within one second
  std::uint64_t connections = 0;  // taken until all were back; more than the fleet where some were lost again
};

class Waves {
 public:
  explicit Waves(std::size_t fleet) : fleet_(fleet) {}

  // The broker took a connection.
  void taken(base::BootTime now) { taken_.push_back(now); }
  // Call often: `up` of the fleet are connected.
  void look(std::size_t up, base::BootTime now);
  // Of each time that less than a tenth was connected and then all were; the first is that of the start.
  [[nodiscard]] const std::vector<Wave>& waves() const { return waves_; }

 private:
  std::size_t fleet_;
  std::vector<base::BootTime> taken_;  // since all were connected, or less than a tenth
  std::optional<base::BootTime> lost_at_;
  std::vector<Wave> waves_;
};

// The most of `ascending` that lie within any span of this length.
[[nodiscard]] std::uint32_t most_within(const std::vector<base::BootTime>& ascending, std::chrono::milliseconds span);

}  // namespace wayside::sim
