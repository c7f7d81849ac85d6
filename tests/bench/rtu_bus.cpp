#include "bench/rtu_bus.hpp"

#include "bus/modbus_bus.hpp"

namespace wayside::bench {

std::unique_ptr<ports::RegisterBus> make_rtu_bus(const std::string& path, int baud, Loop& home,
                                                 const base::Clock& clock) {
  return std::make_unique<bus::ModbusBus>(bus::RtuLine{path, baud, 'N', 1}, home.scheduler(), clock);
}

}  // namespace wayside::bench
