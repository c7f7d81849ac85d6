// A Link that a test plays by hand. One thread.
#pragma once

#include <vector>

#include "ports/link.hpp"

namespace wayside::tests {

class FakeLink final : public ports::Link {
 public:
  [[nodiscard]] bool is_up() const override { return up; }
  void publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) override {
    sent.push_back({std::move(message), std::move(done)});
  }
  struct Sent {
    ports::MqttMessage message;
    ports::MqttSession::PublishCallback done;
  };
  bool up = false;
  std::vector<Sent> sent;
};

}  // namespace wayside::tests
