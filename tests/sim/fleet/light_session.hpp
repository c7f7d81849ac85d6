// A small MQTT 5 client behind ports::MqttSession: for thousands of connections in one process and on one thread, which
// Paho's lists are not made for. QoS 1 only. Home: the io_context's thread, which is also the Scheduler's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/scheduler.hpp"
#include "ports/mqtt_session.hpp"

namespace wayside::sim {

// Is told of every connection: when it was tried, and when the broker took it. May be null.
class ConnectObserver {
 public:
  virtual ~ConnectObserver() = default;
  virtual void tried() = 0;
  virtual void taken() = 0;
};

class LightSessionFactory final : public ports::MqttSessionFactory {
 public:
  // All must outlive the sessions.
  LightSessionFactory(boost::asio::io_context& io, base::Scheduler& core, boost::asio::ip::tcp::endpoint broker,
                      ConnectObserver* observer)
      : io_(io), core_(core), broker_(std::move(broker)), observer_(observer) {}
  [[nodiscard]] std::unique_ptr<ports::MqttSession> make_session() override;

 private:
  boost::asio::io_context& io_;
  base::Scheduler& core_;
  boost::asio::ip::tcp::endpoint broker_;
  ConnectObserver* observer_;
};

}  // namespace wayside::sim
