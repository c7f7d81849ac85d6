// RLE SeaHawk 10K leak locating cable. Input registers as in the RLE manual (30001 = address 0): the integer distance
// and length in decimetres, the floats at 8000 and 8002 in metres with swapped words.
#pragma once

#include <optional>

#include "sim/devices/device.hpp"

namespace wayside::sim {

class Seahawk final : public Device {
 public:
  struct Setup {
    int length = 300;  // m
    std::uint64_t seed = 0;
  };
  explicit Seahawk(const Setup& setup);
  void advance(const Tick& tick) override;

 private:
  void clear() override;
  WriteAnswer accept(std::uint16_t address, const Words& words) override;
  void time_thresholds(double seconds);
  void show();

  Setup setup_;
  Words settings_;  // holding registers
  std::optional<double> leak_at_;
  bool broken_ = false, contaminated_ = false;
  double current_ = 4.0;  // uA
  double leak_seconds_ = 0, contamination_seconds_ = 0;
  bool leak_alarm_ = false, contamination_alarm_ = false;
};

}  // namespace wayside::sim
