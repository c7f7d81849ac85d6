// Tells every minute how the gateway is (model::Health), as an event of the telemetry stream. Home: core, owned by the
// gateway.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "model/health.hpp"
#include "pipeline/judge.hpp"
#include "ports/outbox.hpp"

namespace wayside::daemon {

class HealthReporter {
 public:
  struct Parts {
    std::function<model::Health()> look;                                          // all but the store
    std::function<std::optional<base::BootTime>(const ports::RecordedAt&)> when;  // an event's instant in this boot
    ports::Outbox& outbox;
    pipeline::Judge& judge;
    base::Scheduler& core;
    std::chrono::microseconds period;
  };
  explicit HealthReporter(Parts parts) : parts_(std::move(parts)) {}
  ~HealthReporter() { stop(); }

  // The first report is one period later.
  void start();
  void stop();

 private:
  void arm();
  void report();
  void tell(const ports::OutboxStats& stats);

  Parts parts_;
  base::BootTime next_{};
  base::TimerId timer_ = base::TimerId::none;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers of the store may come behind the end
};

}  // namespace wayside::daemon
