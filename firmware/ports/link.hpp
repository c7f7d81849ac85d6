// Link: the connection to the platform as the forwarder sees it: up or down, and publishing while it is up.
// Behind it stand reconnects, back-off and birth (uplink). Home: core; callbacks never come inside a call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_function.hpp"
#include "ports/mqtt_session.hpp"

namespace wayside::ports {

class LinkListener {
 public:
  virtual ~LinkListener() = default;
  // The birth and everything retained of this connection are acknowledged: chunks may go.
  virtual void link_up(const MqttConnected& broker) = 0;
  // Whatever was published and not acknowledged is unsent again; its callbacks have been called with Errc::closed.
  virtual void link_down() = 0;
};

class Link {
 public:
  virtual ~Link() = default;
  [[nodiscard]] virtual bool is_up() const = 0;
  // Requires: is_up(). What is more than the broker takes unacknowledged (Receive Maximum) waits its turn.
  virtual void publish(MqttMessage message, MqttSession::PublishCallback done) = 0;
};

}  // namespace wayside::ports
