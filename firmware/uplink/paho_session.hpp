// MqttSession over Eclipse Paho MQTT C++ (async client, MQTT 5 and 3.1.1): transport only. No Paho persistence, no Paho
// reconnect; one client object a connection. Paho's callbacks come on its own thread and are posted to core at
// once. Home: core. Paho's own buffer is made larger than any window of ours, so publishing never meets its limit.
//
// In 3.1.1: a clean session, no content types; a broker's DISCONNECT, its limits and its word on a single message do
// not exist; the will is published before an orderly end, since there the broker throws it away.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "ports/mqtt_session.hpp"
#include "uplink/broker_probe.hpp"

namespace wayside::uplink {

// "1.3.12": of the library that runs, not of its header; empty: it does not say.
[[nodiscard]] std::string paho_version();

struct PahoBroker {
  std::string host;
  std::uint16_t port = 1883;
  bool tls = false;
};

struct PahoOptions {
  std::vector<PahoBroker> brokers;
  TlsFiles tls;
  std::string username;
  std::string password;
  // Asks why a connection could not be made; answers on core. Empty: it is not asked.
  std::function<void(const PahoBroker&, base::UniqueFunction<void(Finding)>)> why;
  std::function<bool()> clock_trusted;  // empty: it is
};

class PahoSessionFactory final : public ports::MqttSessionFactory {
 public:
  PahoSessionFactory(PahoOptions options, base::Scheduler& core);
  [[nodiscard]] std::unique_ptr<ports::MqttSession> make_session() override;

 private:
  PahoOptions options_;
  base::Scheduler& core_;
};

}  // namespace wayside::uplink
