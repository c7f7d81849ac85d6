// RegisterBus in virtual time, over a line of simulated devices: each read or write takes a drawn time, a silent unit
// takes the whole timeout. One thread.
#pragma once

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "ports/register_bus.hpp"
#include "sim/wire/slave.hpp"

namespace wayside::simulation {

class SimBus final : public ports::RegisterBus {
 public:
  SimBus(sim::Slave& line, base::Scheduler& home, base::Random& random) : line_(line), home_(home), random_(random) {}
  void transact(const ports::BusRequest& request, Callback done) override;

 private:
  [[nodiscard]] base::Result<ports::BusReply> answer(const ports::BusRequest& request, bool& silent);

  sim::Slave& line_;
  base::Scheduler& home_;
  base::Random& random_;
};

}  // namespace wayside::simulation
