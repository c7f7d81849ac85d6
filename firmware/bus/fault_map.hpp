// What an exception of Modbus (application protocol V1.1b3, 7) means to the poller. One table for every transport.
// Pure.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace wayside::bus {

// 01 to 03: no such register (exception_reply, skip_point). 0A: the gateway has no way there (closed, device_lost).
// 0B: the unit behind the gateway does not answer (timeout, device_lost). All else, 05 acknowledge and 06 busy
// among them: exception_reply, retry_later. `detail` is the code.
[[nodiscard]] base::Error exception_error(std::uint8_t code);

}  // namespace wayside::bus
