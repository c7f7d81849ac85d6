// A broker and the consumer behind it, in virtual time: behind the MqttSession seam. Messages take a drawn time each
// way; when the broker goes, or the gateway does, what is on its way is lost on whichever leg it was. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "ports/mqtt_session.hpp"

namespace wayside::simulation {

class SimBroker final : public ports::MqttSessionFactory {
 public:
  using Received = base::UniqueFunction<void(const ports::MqttMessage&)>;
  // `received`: every message that arrived at the broker, in order.
  SimBroker(base::Scheduler& scheduler, base::Random& random, Received received);
  ~SimBroker() override;

  // Gone: every connection ends, new ones are refused.
  void set_there(bool there);
  [[nodiscard]] std::unique_ptr<ports::MqttSession> make_session() override;

 private:
  class Session;
  struct Wire;  // one connection, shared with the messages on their way
  [[nodiscard]] std::chrono::microseconds trip() { return std::chrono::microseconds{500 + random_.below(20'000)}; }
  void arrive(const std::shared_ptr<Wire>& wire, std::uint64_t id, const ports::MqttMessage& message);

  base::Scheduler& scheduler_;
  base::Random& random_;
  Received received_;
  bool there_ = true;
  std::map<std::uint64_t, std::shared_ptr<Wire>> wires_;  // by age: an order that a seed repeats
  std::uint64_t next_wire_ = 1;
};

}  // namespace wayside::simulation
