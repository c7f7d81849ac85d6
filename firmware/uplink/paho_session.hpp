// MqttSession over Eclipse Paho MQTT C++ (async client, MQTT 5): transport only. No Paho persistence, no Paho
// reconnect; one client object a connection. Paho's callbacks come on its own thread and are posted to core at
// once. Home: core. Paho's own buffer is made larger than any window of ours, so publishing never meets its limit.
#pragma once

#include <memory>
#include <string>

#include "base/scheduler.hpp"
#include "ports/mqtt_session.hpp"

namespace wayside::uplink {

struct PahoOptions {
  std::string server;  // "tcp://host:port"
  std::string username;
  std::string password;
};

class PahoSessionFactory final : public ports::MqttSessionFactory {
 public:
  PahoSessionFactory(PahoOptions options, base::Scheduler& core) : options_(std::move(options)), core_(core) {}
  [[nodiscard]] std::unique_ptr<ports::MqttSession> make_session() override;

 private:
  PahoOptions options_;
  base::Scheduler& core_;
};

}  // namespace wayside::uplink
