// Captured frames as a pcap file with microsecond times (magic A1B2C3D4, draft-ietf-opsawg-pcap) that Wireshark opens
// without any setting. Pure; any thread.
//
// Modbus TCP: LINKTYPE_RAW (101), each frame in an IPv4 and TCP header made up for it (192.0.2.1, the gateway, and
// 192.0.2.2:502, of RFC 5737's addresses for documentation).
// Serial lines: there is no link type of Modbus RTU. LINKTYPE_WIRESHARK_UPPER_PDU (252) names the dissector in each
// packet: "mbrtu", or "data" for what is not Modbus.
#pragma once

#include <chrono>
#include <span>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

enum class CaptureKind { modbus_tcp, modbus_rtu, other };

// `wall_at_zero`: the wall time at boot time 0, to which the times of the frames are added.
// Notes are not in the file: the format has no place for them.
[[nodiscard]] base::Bytes to_pcap(std::span<const ports::CapturedFrame> frames, CaptureKind kind,
                                  base::WallTime wall_at_zero);

}  // namespace wayside::bus
