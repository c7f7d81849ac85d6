// An interrogator of fibre Bragg gratings that speaks the lines of an HBK FS22: one fibre on channel 0, its temperature
// sensors 5 nm apart from 1512.5 nm on, ten picometres a kelvin, in ground that is warmest in the afternoon.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/devices/chance.hpp"
#include "sim/devices/frame_meter.hpp"

namespace wayside::sim {

class Fs22 final : public FrameMeter {
 public:
  struct Setup {
    int sensors = 4;
    double mean = 15;  // Cel
    std::uint64_t seed = 0;
  };
  explicit Fs22(const Setup& setup);
  void advance(const Tick& tick) override;

 private:
  struct Sensor {
    Drift drift{0.3, 600};
    double heat = 0;  // K above the ground
    bool dead = false;
  };
  void clear() override;
  [[nodiscard]] std::size_t request_size(base::ByteView bytes) const override;
  [[nodiscard]] base::Bytes answer(base::ByteView request) override;
  [[nodiscard]] std::string wavelengths() const;

  Setup setup_;
  std::vector<Sensor> sensors_;
  double ground_;  // Cel
  std::size_t break_after_;
};

}  // namespace wayside::sim
