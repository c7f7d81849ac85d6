#include "simulation/sim_broker.hpp"

#include <utility>

namespace wayside::simulation {

struct SimBroker::Wire {
  ports::MqttCallbacks callbacks;
  std::map<std::uint64_t, ports::MqttSession::PublishCallback> open;
  std::uint64_t next = 1;
  bool cut = false;               // nothing passes any more
  bool session_there = true;      // the gateway's end still exists
  base::BootTime last_arrival{};  // a connection keeps its order, each way
  base::BootTime last_answer{};

  void end(const std::string& why) {
    if (std::exchange(cut, true) || !session_there) return;
    const base::Error error{base::Errc::closed, base::Consequence::retry_later, why};
    for (auto& [id, done] : std::exchange(open, {})) done(error);
    if (session_there && callbacks.closed) callbacks.closed(error);
  }
};

class SimBroker::Session final : public ports::MqttSession {
 public:
  explicit Session(SimBroker& broker)
      : broker_(broker), number_(broker.next_wire_++), wire_(std::make_shared<Wire>()) {}
  ~Session() override {
    wire_->session_there = false;
    wire_->cut = true;
    broker_.wires_.erase(number_);
  }

  void connect(const ports::MqttConnect& /*options*/, ports::MqttCallbacks callbacks) override {
    wire_->callbacks = std::move(callbacks);
    broker_.wires_.emplace(number_, wire_);
    broker_.scheduler_.post_at(broker_.scheduler_.now() + broker_.trip() * 2, [broker = &broker_, wire = wire_] {
      if (wire->cut) return;
      if (!broker->there_) return wire->end("connection refused");
      wire->callbacks.connected(ports::MqttConnected{false, 20, 0});
    });
  }

  void publish(ports::MqttMessage message, PublishCallback done) override {
    const auto id = wire_->next++;
    wire_->open.emplace(id, std::move(done));
    auto& at = wire_->last_arrival;
    at = std::max(at, broker_.scheduler_.now() + broker_.trip());
    broker_.scheduler_.post_at(
        at, [broker = &broker_, wire = wire_, id, message = std::move(message)] { broker->arrive(wire, id, message); });
  }

  void subscribe(const std::string& /*topic_filter*/, PublishCallback done) override {
    broker_.scheduler_.post([done = std::move(done)]() mutable { done({}); });
  }

  void close() override {
    broker_.scheduler_.post([wire = wire_] { wire->end("closed by us"); });
  }

 private:
  SimBroker& broker_;
  std::uint64_t number_;
  std::shared_ptr<Wire> wire_;
};

SimBroker::SimBroker(base::Scheduler& scheduler, base::Random& random, Received received)
    : scheduler_(scheduler), random_(random), received_(std::move(received)) {}

SimBroker::~SimBroker() = default;

std::unique_ptr<ports::MqttSession> SimBroker::make_session() { return std::make_unique<Session>(*this); }

void SimBroker::set_there(bool there) {
  there_ = there;
  if (there) return;
  for (const auto& [number, wire] : std::map(wires_)) wire->end("connection lost");
}

void SimBroker::arrive(const std::shared_ptr<Wire>& wire, std::uint64_t id, const ports::MqttMessage& message) {
  if (wire->cut) return;
  received_(message);
  wire->last_answer = std::max(wire->last_answer, scheduler_.now() + trip());
  scheduler_.post_at(wire->last_answer, [wire, id] {
    if (wire->cut) return;
    auto node = wire->open.extract(id);
    if (!node.empty()) node.mapped()({});
  });
}

}  // namespace wayside::simulation
