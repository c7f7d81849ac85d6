#include "sim/wire/crc16.hpp"

namespace wayside::sim {

std::uint16_t crc16(base::ByteView bytes) {
  unsigned crc = 0xFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace wayside::sim
