// A water meter that speaks CJ/T 188-2004, with a valve. Water runs by day more than by night.
#pragma once

#include "sim/devices/frame_meter.hpp"

namespace wayside::sim {

class Cjt188Meter final : public FrameMeter {
 public:
  struct Setup {
    double address = 78330011223344;
    double flow = 2;  // m3/h by day
    std::uint64_t seed = 0;
  };
  explicit Cjt188Meter(const Setup& setup);
  void advance(const Tick& tick) override;

 private:
  void clear() override;
  [[nodiscard]] std::size_t request_size(base::ByteView bytes) const override;
  [[nodiscard]] base::Bytes answer(base::ByteView request) override;
  [[nodiscard]] base::Bytes current_data() const;

  base::Bytes address_;
  double flow_;
  double total_;  // m3
  double settled_;
  LocalTime now_{};
  bool closed_ = false;
  bool valve_fault_ = false;
  bool battery_low_ = false;
  bool other_unit_ = false;
};

}  // namespace wayside::sim
