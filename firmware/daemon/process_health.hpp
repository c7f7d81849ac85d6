// What the daemon takes of its machine, as the kernel counts it. Reads /proc; any thread.
#pragma once

#include <optional>

#include "model/health.hpp"

namespace wayside::daemon {

// None: /proc is not to be had.
[[nodiscard]] std::optional<model::ProcessHealth> read_process_health();

}  // namespace wayside::daemon
