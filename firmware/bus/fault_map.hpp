// libmodbus's errno to our Error with its consequence: what the poller must do about it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::bus {

// `code`: errno as libmodbus left it.
[[nodiscard]] base::Error to_error(int code);

// Whether the connection behind it is gone and must be opened again.
[[nodiscard]] bool line_is_lost(int code);

}  // namespace wayside::bus
