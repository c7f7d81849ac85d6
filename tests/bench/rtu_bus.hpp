// The serial bus as the daemon makes it.
#pragma once

#include <memory>
#include <string>

#include "bench/harness.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bench {

[[nodiscard]] std::unique_ptr<ports::RegisterBus> make_rtu_bus(const std::string& path, int baud, Loop& home,
                                                               const base::Clock& clock);

}  // namespace wayside::bench
