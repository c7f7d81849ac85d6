// A meter, or another device, whose protocol is frames of bytes instead of Modbus: takes what comes over the line and
// answers whole requests to its address. What DL/T 645, CJ/T 188, FT1.2 and the lines of an FS22 have in common.
#pragma once

#include "sim/devices/device.hpp"

namespace wayside::sim {

class FrameMeter : public Device {
 public:
  using Device::Device;
  [[nodiscard]] bool speaks_frames() const final { return true; }
  [[nodiscard]] std::vector<base::Bytes> hear(base::ByteView bytes) final;

 protected:
  // `digits` of the address as bytes BCD, low byte first.
  [[nodiscard]] static base::Bytes bcd(double number, std::size_t bytes);
  [[nodiscard]] static std::uint8_t sum(base::ByteView bytes);
  // Whether bytes of an address call this meter: AA is any.
  [[nodiscard]] static bool calls(base::ByteView called, base::ByteView own);

 private:
  // Size of the whole good request at the start of `bytes`; 0: there is none (yet).
  [[nodiscard]] virtual std::size_t request_size(base::ByteView bytes) const = 0;
  // Empty: no answer (another meter's request).
  [[nodiscard]] virtual base::Bytes answer(base::ByteView request) = 0;

  base::Bytes heard_;
};

}  // namespace wayside::sim
