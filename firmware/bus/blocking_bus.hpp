// A FramedBus for tools that do one thing after another: each question is waited for. It has a loop of its own and no
// thread; it is used by one thread at a time and keeps the line (and a serial port's lock) until it is gone.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "bus/framer.hpp"
#include "bus/reply_matcher.hpp"
#include "bus/serial_port.hpp"
#include "bus/tcp_line.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

class BlockingBus {
 public:
  explicit BlockingBus(const SerialSettings& settings);
  BlockingBus(const TcpEndpoint& where, Framing framing);
  BlockingBus(const BlockingBus&) = delete;
  BlockingBus& operator=(const BlockingBus&) = delete;
  ~BlockingBus();

  // Opens the line with the first question. Errors: those of RegisterBus::transact; Errc::cancelled: `stop`, a
  // descriptor (negative: none), could be read before the answer came. Nothing can be asked after that.
  [[nodiscard]] base::Result<ports::BusReply> ask(const ports::BusRequest& request, int stop = -1);

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace wayside::bus
