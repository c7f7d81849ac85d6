// RegisterBus over libmodbus: one serial line (RTU) or one TCP endpoint. Home: the bus's own Scheduler, whose thread
// it blocks for the length of a transaction; nothing else may run there but this bus's poller.
// Opens by itself, and again with a back-off after the line was lost. On a serial line it keeps the silent gap of
// 3.5 characters before each request, which libmodbus does not.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

struct RtuLine {
  std::string port;
  int baud = 9600;
  char parity = 'N';  // N, E or O
  int stop_bits = 1;
};

struct TcpEndpoint {
  std::string host;
  std::uint16_t port = 502;
};

class ModbusBus final : public ports::RegisterBus {
 public:
  ModbusBus(std::variant<RtuLine, TcpEndpoint> where, base::Scheduler& home, const base::Clock& clock);
  ~ModbusBus() override;

  void transact(const ports::BusRequest& request, Callback done) override;

 private:
  struct Context;  // libmodbus's modbus_t
  [[nodiscard]] base::Result<ports::BusReply> exchange(const ports::BusRequest& request);
  [[nodiscard]] base::Result<void> open();
  void close();
  void keep_gap() const;

  std::variant<RtuLine, TcpEndpoint> where_;
  base::Scheduler& home_;
  const base::Clock& clock_;
  std::unique_ptr<Context> context_;
  base::BootTime last_activity_{};
  base::BootTime not_before_{};  // of the next attempt to open
  std::chrono::milliseconds pause_{0};
  std::string last_open_error_;
};

}  // namespace wayside::bus
