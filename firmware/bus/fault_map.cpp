#include "bus/fault_map.hpp"

#include <fmt/format.h>

#include <string_view>

namespace wayside::bus {
namespace {

std::string_view name_of(std::uint8_t code) {
  switch (code) {
    case 0x01: return "illegal function";
    case 0x02: return "illegal data address";
    case 0x03: return "illegal data value";
    case 0x04: return "device failure";
    case 0x05: return "acknowledge";
    case 0x06: return "device busy";
    case 0x07: return "negative acknowledge";
    case 0x08: return "memory parity error";
    case 0x0A: return "gateway path unavailable";
    case 0x0B: return "target device failed to respond";
    default: return "unknown";
  }
}

}  // namespace

base::Error exception_error(std::uint8_t code) {
  using base::Consequence;
  using base::Errc;
  const auto what = fmt::format("exception {:02X}: {}", code, name_of(code));
  if (code >= 0x01 && code <= 0x03) return {Errc::exception_reply, Consequence::skip_point, what, code};
  if (code == 0x0A) return {Errc::closed, Consequence::device_lost, what, code};
  if (code == 0x0B) return {Errc::timeout, Consequence::device_lost, what, code};
  return {Errc::exception_reply, Consequence::retry_later, what, code};
}

}  // namespace wayside::bus
