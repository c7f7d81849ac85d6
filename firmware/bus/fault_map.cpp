#include "bus/fault_map.hpp"

#include <fmt/format.h>
#include <modbus/modbus.h>

#include <cerrno>

namespace wayside::bus {

using base::Consequence;
using base::Errc;

base::Error to_error(int code) {
  const std::string what = modbus_strerror(code);
  switch (code) {
    case EMBXILFUN:
    case EMBXILADD:
    case EMBXILVAL:
      // The device is alive and says that it has no such register (Modbus application protocol, 7).
      return {Errc::exception_reply, Consequence::skip_point, fmt::format("exception: {}", what), code - EMBXILFUN + 1};
    case EMBXGTAR:
      // The gateway says that this unit does not answer: as good as a timeout of the unit.
      return {Errc::timeout, Consequence::device_lost, fmt::format("exception: {}", what), code - EMBXILFUN + 1};
    case ETIMEDOUT: return {Errc::timeout, Consequence::device_lost, "no answer in time", code};
    case EMBBADCRC:
    case EMBBADDATA:
    case EMBBADEXC:
    case EMBUNKEXC:
    case EMBMDATA:
    case EMBBADSLAVE: return {Errc::protocol, Consequence::retry_later, what, code};
    default: break;
  }
  if (code >= EMBXILFUN && code < EMBXILFUN + MODBUS_EXCEPTION_MAX) {
    return {Errc::exception_reply, Consequence::retry_later, fmt::format("exception: {}", what), code - EMBXILFUN + 1};
  }
  return {Errc::io, Consequence::device_lost, what, code};
}

bool line_is_lost(int code) {
  // After a timeout or a torn answer a TCP stream may still bring the old answer: it is opened again by the bus.
  return code < EMBXILFUN || code == EMBBADDATA || code == EMBBADCRC;
}

}  // namespace wayside::bus
