// A line to field devices as `wayside bus scan` and `bus probe` use it: Modbus, reading only. Blocking; one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config/gateway_config.hpp"
#include "device/register_plan.hpp"

namespace wayside::cli {

using Transport = std::variant<config::SerialSettings, config::TcpSettings>;

class FieldLine {
 public:
  virtual ~FieldLine() = default;

  // Errors: those of ports::RegisterBus::transact; Errc::cancelled: a person has stopped it.
  [[nodiscard]] virtual base::Result<std::vector<std::uint16_t>> read(std::uint8_t unit,
                                                                      const device::RegisterBlock& block,
                                                                      std::chrono::microseconds timeout) = 0;
  // Whether its speed and parity are ours to change.
  [[nodiscard]] virtual bool can_tune() const = 0;
  // From the next read on. Requires: can_tune().
  virtual void tune(int baud, config::Parity parity) = 0;
  // As it is set now.
  [[nodiscard]] virtual const Transport& transport() const = 0;
};

// Opened by this program itself, with the first read. `stop`: a descriptor that ends a wait when it can be read.
[[nodiscard]] std::unique_ptr<FieldLine> own_line(Transport transport, int stop);

// A bus of the running gateway, lent by its daemon for one read after another: its polls go on between them.
// Errors: no daemon answers, or it does not lend this bus.
[[nodiscard]] base::Result<std::unique_ptr<FieldLine>> lent_line(const std::string& socket, const std::string& bus,
                                                                 int stop);

// Whether someone has stopped it.
[[nodiscard]] bool is_readable(int descriptor);

// The line itself cannot be used: no use to ask any other unit.
[[nodiscard]] bool is_of_line(const base::Error& error);

[[nodiscard]] bool is_serial(const FieldLine& line);
// "/dev/ttyUSB0 9600 8N1", "10.0.0.7:502".
[[nodiscard]] std::string text_of(const Transport& transport);
// What a question without an answer takes, of which the last byte is awaited for `timeout`.
[[nodiscard]] std::chrono::microseconds cost_of_silence(const Transport& transport, std::chrono::microseconds timeout);

}  // namespace wayside::cli
