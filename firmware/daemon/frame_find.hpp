// The frames of one device among those of its bus: its newest exchange. Pure.
#pragma once

#include <optional>
#include <vector>

#include "bus/pcap.hpp"
#include "device/register_plan.hpp"
#include "ports/register_bus.hpp"

namespace wayside::daemon {

struct Wanted {
  std::uint8_t unit = 1;
  bool alone = false;                         // on its bus: whatever is heard there is its own
  std::optional<device::RegisterBlock> read;  // preferably the exchange that reads these registers ..
  base::BootTime since{};                     // .. unless it is older than this
};

// The newest request to the device and what was heard until the next one; empty: none is among them. Of a bus that
// does not speak Modbus only where the device is alone on it.
[[nodiscard]] std::vector<ports::CapturedFrame> newest_exchange(const std::vector<ports::CapturedFrame>& frames,
                                                                bus::CaptureKind kind, const Wanted& wanted);

}  // namespace wayside::daemon
