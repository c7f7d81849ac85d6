// Many light gateways in one process against one broker, and a consumer that counts what they send. Everything runs on
// the one thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/asio_scheduler.hpp"
#include "daemon/system_clock.hpp"
#include "sim/fleet/light_gateway.hpp"
#include "sim/fleet/light_session.hpp"
#include "sim/fleet/waves.hpp"

namespace wayside::sim {

struct FleetSetting {
  std::size_t gateways = 0;
  boost::asio::ip::tcp::endpoint broker;
  std::chrono::seconds period{10};
  std::uint64_t seed = 1;
};

struct FleetReport {
  simulation::Totals totals;
  std::uint64_t tried = 0;  // connections
  std::uint64_t taken = 0;
  std::size_t waiting = 0;  // chunks, at the end
  std::vector<Wave> waves;
};

class Fleet final : private ConnectObserver {
 public:
  using Say = std::function<void(std::string_view)>;  // one line for a person

  Fleet(boost::asio::io_context& io, FleetSetting setting, Say progress);

  // The consumer first: gateways start when it is subscribed.
  void start();
  // Ends measuring, sends what waits (for at most ten seconds), says goodbye and stops the io_context.
  void stop();
  [[nodiscard]] FleetReport report();

 private:
  void tried() override { ++tried_; }
  void taken() override;
  void start_consumer();
  void start_gateways();
  void received(const ports::MqttMessage& message);
  void look();
  void end();
  [[nodiscard]] std::size_t up() const;
  [[nodiscard]] std::size_t waiting() const;

  boost::asio::io_context& io_;
  FleetSetting setting_;
  Say progress_;
  daemon::SystemClock clock_{config::ClockTrust::rtc};
  daemon::AsioScheduler core_{io_, clock_};
  pipeline::TimeKeeper time_{clock_, "rtc", {}};
  simulation::Tally tally_;
  Waves waves_;
  LightSessionFactory sessions_{io_, core_, setting_.broker, this};
  LightSessionFactory consumer_sessions_{io_, core_, setting_.broker, nullptr};
  std::vector<std::unique_ptr<LightGateway>> gateways_;
  std::map<std::string, model::Epoch, std::less<>> epochs_;  // by gateway
  std::unique_ptr<ports::MqttSession> consumer_;
  std::uint64_t tried_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t looks_ = 0;
  std::uint64_t messages_ = 0;
  std::optional<base::BootTime> stopping_since_;
};

}  // namespace wayside::sim
