// MqttSessions that a test plays by hand. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/mqtt_session.hpp"

namespace wayside::tests {

struct FakeSession final : ports::MqttSession {
  struct Published {
    ports::MqttMessage message;
    PublishCallback done;
  };
  struct State {
    ports::MqttConnect options;
    ports::MqttCallbacks callbacks;
    std::vector<Published> published;
    std::vector<std::string> subscribed;
    std::optional<base::Error> refuses;  // a subscription
    bool closing = false;
    bool alive = true;
  };
  explicit FakeSession(std::shared_ptr<State> s) : state(std::move(s)) {}
  ~FakeSession() override { state->alive = false; }
  void connect(const ports::MqttConnect& options, ports::MqttCallbacks callbacks) override {
    state->options = options;
    state->callbacks = std::move(callbacks);
  }
  void publish(ports::MqttMessage message, PublishCallback done) override {
    state->published.push_back({std::move(message), std::move(done)});
  }
  void subscribe(const std::string& topic_filter, PublishCallback done) override {
    state->subscribed.push_back(topic_filter);
    if (state->refuses) return done(*state->refuses);
    done({});
  }
  void close() override { state->closing = true; }
  std::shared_ptr<State> state;
};

struct FakeSessions final : ports::MqttSessionFactory {
  std::unique_ptr<ports::MqttSession> make_session() override {
    all.push_back(std::make_shared<FakeSession::State>());
    return std::make_unique<FakeSession>(all.back());
  }
  [[nodiscard]] FakeSession::State& last() { return *all.back(); }
  std::vector<std::shared_ptr<FakeSession::State>> all;
};

}  // namespace wayside::tests
