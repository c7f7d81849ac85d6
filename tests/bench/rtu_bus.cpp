#include "bench/rtu_bus.hpp"

#include "bus/framed_bus.hpp"
#include "bus/line_timing.hpp"
#include "bus/serial_line.hpp"

namespace wayside::bench {

std::unique_ptr<ports::RegisterBus> make_rtu_bus(const std::string& path, int baud, Loop& home,
                                                 const base::Clock& clock) {
  bus::SerialSettings settings;
  settings.port = path;
  settings.baud = baud;
  bus::FramedBusOptions options;
  options.framing = bus::Framing::rtu;
  options.gap = bus::frame_gap(baud);
  return std::make_unique<bus::FramedBus>(options, std::make_unique<bus::SerialLine>(settings, home.io(), clock),
                                          home.scheduler());
}

}  // namespace wayside::bench
