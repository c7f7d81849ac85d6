// A traffic detector over one lane that speaks FT1.2 as ADEC's TDC3 does: it queues single vehicles and gives up to
// four an answer; a new count bit takes the last answer off the queue, the same one again repeats it. Vehicles come by
// hour of day, in simulated time.
#pragma once

#include <cstdint>
#include <deque>

#include "sim/devices/frame_meter.hpp"

namespace wayside::sim {

class AdecTdc final : public FrameMeter {
 public:
  struct Setup {
    double address = 1;
    double peak = 800;       // vehicles an hour at the busiest time
    double free_speed = 60;  // km/h
    std::uint64_t seed = 0;
  };
  explicit AdecTdc(const Setup& setup);
  void advance(const Tick& tick) override;

  [[nodiscard]] std::uint32_t passed() const { return lifetime_; }

 private:
  void clear() override;
  void restart();
  void pass(LocalTime now);
  [[nodiscard]] std::uint8_t status() const;
  [[nodiscard]] std::size_t request_size(base::ByteView bytes) const override;
  [[nodiscard]] base::Bytes answer(base::ByteView request) override;
  [[nodiscard]] base::Bytes next_vehicles();
  [[nodiscard]] base::Bytes long_frame(std::uint8_t control, const base::Bytes& data) const;

  Setup setup_;
  std::deque<base::Bytes> queue_;
  std::uint32_t lifetime_ = 0;
  Seconds since_last_{};  // vehicle, simulated
  bool overflowed_ = false;
  double wrong_way_ = 0;  // seconds left, real
  bool faulty_ = false;
  bool closed_ = false;  // the lane: nobody drives
  bool linked_ = false;
  bool last_bit_ = false;
  base::Bytes last_answer_;
};

}  // namespace wayside::sim
