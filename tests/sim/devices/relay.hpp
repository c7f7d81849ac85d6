// Six relays as Wiren Board's WB-MR6C v2 has them (its public template config-wb-mr6c.json): coils 0-5 are asked,
// discrete inputs 96-101 are the real states, holding 8 is the safety timeout in seconds (1..65534, default 10): after
// so long without any request all relays open. Also its six inputs (discrete 0-5) with counters (input 32-37), serial
// and firmware (input 270, 250), behaviour after power-on (holding 6): they only stand there. Faults: a contact that is
// stuck, one that follows late.
#pragma once

#include <array>

#include "sim/devices/device.hpp"

namespace wayside::sim {

class Relay final : public Device {
 public:
  static constexpr std::uint16_t kRelays = 6;
  explicit Relay(std::uint64_t seed);
  void advance(const Tick& tick) override;
  void heard() override { silence_ = 0; }

 private:
  void clear() override;
  WriteAnswer accept(std::uint16_t address, const Words& words) override;
  WriteAnswer accept_coils(std::uint16_t first, const Words& bits) override;
  void follow();

  std::array<bool, kRelays> stuck_{};
  double lag_ = 0;      // s from coil to contact
  double pending_ = 0;  // s until the contacts follow
  double silence_ = 0;  // s since the last request
};

}  // namespace wayside::sim
