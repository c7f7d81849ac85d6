// A serial port opened and configured by libmodbus (raw, 8 data bits, speed, parity, stop bits), for one process alone.
// Blocks for the length of the open: used on its line's own thread. Restores the port's settings when it closes.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace wayside::bus {

// Who turns the direction of an RS-485 transceiver.
enum class Rs485 {
  none,       // the adapter itself, or nobody: left as it is
  kernel,     // the driver, by RTS (Documentation/driver-api/serial/serial-rs485.rst); told when it cannot
  automatic,  // the driver where it can
};

struct SerialSettings {
  std::string port;  // a path that survives re-plugging: looked up anew at each open
  int baud = 9600;
  char parity = 'N';  // N, E or O
  int stop_bits = 1;
  Rs485 rs485 = Rs485::none;
  bool echo = false;  // what is sent comes back: two wires, receiver always on
};

class SerialPort {
 public:
  // Errors: io with errno (not there, not allowed, settings refused); already_exists: another process has it.
  [[nodiscard]] static base::Result<SerialPort> open(const SerialSettings& settings);
  SerialPort(SerialPort&&) noexcept;
  SerialPort& operator=(SerialPort&&) noexcept;
  ~SerialPort();

  [[nodiscard]] int descriptor() const;

 private:
  struct Context;  // libmodbus's modbus_t
  explicit SerialPort(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace wayside::bus
