// CRC-16 of Modbus RTU (polynomial 0xA001 reflected, start 0xFFFF): crc16("123456789") == 0x4B37. Our own, so that
// the simulator shares no code with what it tests.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace wayside::sim {

[[nodiscard]] std::uint16_t crc16(base::ByteView bytes);

}  // namespace wayside::sim
