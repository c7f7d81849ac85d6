// An electricity meter of a lighting cabinet that speaks DL/T 645-2007. It measures as the SDM630 does: the same
// phases, lamps and faults behind another protocol.
#pragma once

#include "sim/devices/frame_meter.hpp"
#include "sim/devices/sdm630.hpp"

namespace wayside::sim {

class Dlt645Meter final : public FrameMeter {
 public:
  struct Setup {
    double address = 161;
    Sdm630::Setup meter;
  };
  explicit Dlt645Meter(const Setup& setup);
  void advance(const Tick& tick) override { meter_.advance(tick); }

 private:
  void clear() override;
  [[nodiscard]] std::size_t request_size(base::ByteView bytes) const override;
  [[nodiscard]] base::Bytes answer(base::ByteView request) override;
  [[nodiscard]] base::Bytes answer_read(std::uint8_t function, const base::Bytes& asked) const;
  [[nodiscard]] base::Bytes frame(unsigned control, const base::Bytes& data) const;
  [[nodiscard]] base::Bytes read(std::uint32_t id) const;  // empty: no such data
  [[nodiscard]] base::Bytes phases(int first, double scale, std::size_t width) const;
  [[nodiscard]] double value(int address) const;

  base::Bytes address_;
  Sdm630 meter_;
  bool relay_open_ = false;
  bool splits_ = false;  // sends two bytes of data a frame
};

}  // namespace wayside::sim
