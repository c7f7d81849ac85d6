// Raman interrogator of a pipe's fibre with zones (generic map, no vendor's). A trace each two seconds of real time:
// temperature along the fibre with noise and slow drift; a leak warms its place over some seconds. Zones behind a break
// keep their last values. Unsigned 32-bit values have the high word first. Discrete inputs repeat the bits: 0..2 the
// status, 15 + n the leak alarm of zone n.
#pragma once

#include <optional>
#include <vector>

#include "sim/devices/chance.hpp"
#include "sim/devices/device.hpp"

namespace wayside::sim {

class Dts final : public Device {
 public:
  struct Setup {
    int zones = 32;
    int zone_length = 50;  // m
    std::uint64_t seed = 0;
  };
  explicit Dts(const Setup& setup);
  void advance(const Tick& tick) override;

 private:
  struct Leak {
    double metres;
    double age;  // seconds of real time
  };
  struct Zone {
    double average = 0;
    double highest = 0;
    double position = 0;
    double expected = 0;  // the highest without leak or noise
    double last_highest = 0;
  };

  void clear() override;
  void add_faults();
  void trace(LocalTime now);
  void measure(int index, double hour);
  [[nodiscard]] double ground(double metres, double hour) const;
  [[nodiscard]] double warming(double metres) const;
  void show_status();
  void show_zone(int index);

  Setup setup_;
  double phase_a_, phase_b_;
  Drift drift_{0.3, 7200};
  std::vector<Zone> zones_;
  std::optional<Leak> leak_;
  std::optional<double> broken_at_;
  bool frozen_ = false, laser_fault_ = false, self_test_fault_ = false;
  bool traced_ = false;
  std::uint16_t sequence_ = 0;
  double since_trace_ = 0;
};

}  // namespace wayside::sim
