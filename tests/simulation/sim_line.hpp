// ports::Line in virtual time: the stream of a connection to a line of simulated devices, Modbus TCP or their own
// frames. Answers take a drawn time, come in pieces, sometimes too late, and the connection sometimes breaks:
// everything that the framer and the matching of answers above it have to stand. One thread.
#pragma once

#include <deque>
#include <string>

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "ports/line.hpp"
#include "sim/wire/framing.hpp"
#include "sim/wire/slave.hpp"

namespace wayside::simulation {

struct LineTroubles {
  double late = 0;    // chance that an answer takes longer than anyone waits
  double broken = 0;  // chance that the connection breaks instead of an answer
};

class SimLine final : public ports::Line {
 public:
  SimLine(sim::Slave& slave, std::string name, base::Scheduler& home, base::Random& random, LineTroubles troubles);

  void open(base::BootTime deadline, Opened done) override;
  void write(base::ByteView bytes, base::BootTime deadline, Written done) override;
  void read(base::BootTime deadline, Received done) override;
  std::size_t discard() override;
  void close() override;
  [[nodiscard]] bool is_open() const override { return open_; }
  [[nodiscard]] const std::string& name() const override { return name_; }

 private:
  void answer(const sim::TcpRequest& request);
  [[nodiscard]] bool breaks();
  void say(base::Bytes frame, std::chrono::milliseconds delay);
  void arrive_at(base::BootTime when, base::Bytes bytes);
  void arrived(std::uint64_t connection, base::Bytes bytes);
  void deliver();
  void finish_read(base::Result<ports::LineBytes> result);
  void break_off();

  sim::Slave& slave_;
  std::string name_;
  base::Scheduler& home_;
  base::Random& random_;
  LineTroubles troubles_;
  sim::TcpReceiver receiver_;
  bool open_ = false;
  std::uint64_t connection_ = 0;  // what was under way for an earlier one never arrives
  base::BootTime busy_until_{};   // a stream keeps its order
  base::Bytes received_;
  base::Bytes handed_;  // what the last read gave: stays until the next
  Received reader_;
  base::TimerId read_timer_ = base::TimerId::none;
};

}  // namespace wayside::simulation
