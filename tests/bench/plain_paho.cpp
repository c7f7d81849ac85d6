#include "bench/plain_paho.hpp"

#include <fmt/format.h>
#include <mqtt/async_client.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "bench/report.hpp"

namespace wayside::bench {

struct PlainPaho::Inside final : public virtual mqtt::iaction_listener {
  Inside(std::uint16_t port, std::size_t most, std::string to)
      : client(fmt::format("tcp://127.0.0.1:{}", port), "plain", mqtt::create_options(MQTTVERSION_5, 1000)),
        topic(std::move(to)),
        window(most) {
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    options.set_clean_start(true);
    options.set_max_inflight(static_cast<int>(window));
    client.connect(options)->wait();
  }
  void on_success(const mqtt::token& /*token*/) override {
    const std::lock_guard lock(mutex);
    ++acknowledged;
    changed.notify_one();
  }
  void on_failure(const mqtt::token& /*token*/) override { give_up("plain Paho: a message was not acknowledged"); }

  mqtt::async_client client;
  std::string topic;
  std::size_t window;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t published = 0;
  std::size_t acknowledged = 0;
};

PlainPaho::PlainPaho(std::uint16_t port, std::size_t window, std::string topic)
    : inside_(std::make_unique<Inside>(port, window, std::move(topic))) {}

PlainPaho::~PlainPaho() { inside_->client.disconnect()->wait(); }

void PlainPaho::publish(base::ByteView payload) {
  auto& in = *inside_;
  {
    std::unique_lock lock(in.mutex);
    in.changed.wait(lock, [&in] { return in.published - in.acknowledged < in.window; });
    ++in.published;
  }
  in.client.publish(mqtt::make_message(in.topic, payload.data(), payload.size(), 1, false), nullptr, in);
}

std::size_t PlainPaho::acknowledged() const {
  const std::lock_guard lock(inside_->mutex);
  return inside_->acknowledged;
}

void PlainPaho::finish() {
  std::unique_lock lock(inside_->mutex);
  inside_->changed.wait(lock, [this] { return inside_->published == inside_->acknowledged; });
}

}  // namespace wayside::bench
