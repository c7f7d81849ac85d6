// Slave: the units of one line. Takes a request PDU, asks the device, gives the reply PDU and how it is to be sent
// (the device's wire faults). Pure of transports. The devices must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "sim/devices/device.hpp"

namespace wayside::sim {

struct Reply {
  base::Bytes pdu;
  std::chrono::milliseconds delay{0};
  // What the transport does to the frame, if its frame has a checksum.
  bool is_corrupt = false;
  bool is_truncated = false;
  base::Bytes noise_before{};
  bool wrong_unit = false;  // on any transport: said to come from the unit with the next number
};

class Slave {
 public:
  // What a unit that is not there gives: nothing (a bus), or exception 0B (a TCP gateway).
  enum class Missing { silence, exception };
  Slave(Missing missing, std::uint64_t seed) : missing_(missing), random_(seed) {}

  void add(std::uint8_t unit, Device& device) { devices_.emplace(unit, &device); }
  // Nothing when no reply goes out. Unit 0 on a bus is a broadcast: written to all, never answered.
  [[nodiscard]] std::optional<Reply> handle(std::uint8_t unit, base::ByteView pdu);
  // Some bytes of a unit that talks out of turn; empty when none does.
  [[nodiscard]] base::Bytes babble();

  // A line of frames instead of Modbus: it has a device that speaks them. Then bytes go to all such devices as they
  // come, and a Reply's pdu is the whole frame.
  [[nodiscard]] bool speaks_frames() const;
  [[nodiscard]] std::vector<Reply> hear(base::ByteView bytes);

 private:
  [[nodiscard]] base::Bytes some_bytes(std::size_t most);
  [[nodiscard]] Reply spoilt(const Manner& manner, base::Bytes pdu);
  std::optional<Reply> broadcast(base::ByteView pdu);

  Missing missing_;
  base::SeededRandom random_;  // its own: polling must not change what the devices do
  std::map<std::uint8_t, Device*> devices_;
};

// The answer of a healthy device to a PDU. Requires: not empty.
[[nodiscard]] base::Bytes answer(Device& device, base::ByteView pdu);

}  // namespace wayside::sim
