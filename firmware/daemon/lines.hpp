// The lines to the field: a bus for each, on the thread of its serial line or on the one of all connections. They
// outlive the gateway that uses them: one that the next configuration has too stays open. Home: core, but for the buses
// themselves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "bus/framed_bus.hpp"
#include "config/gateway_config.hpp"
#include "daemon/gateway.hpp"
#include "daemon/worker.hpp"

namespace wayside::daemon {

class Lines {
 public:
  // `field`: the loop of every bus over TCP. Both must outlive it. stop() before it is destroyed.
  Lines(const base::Clock& clock, Worker& field) : clock_(clock), field_(field) {}

  // The line of that transport, unless someone uses it; else a new one.
  [[nodiscard]] BusSeam use(const config::BusConfig& bus);
  // From now on those that are not used again are unused.
  void begin_anew();
  // Starts the threads of new lines.
  void start();
  void stop();
  // Those of lines that someone uses.
  void each_thread(const std::function<void(Worker&)>& see);

  struct Line {
    std::variant<config::SerialSettings, config::TcpSettings> transport;
    std::unique_ptr<Worker> worker;  // of a serial line; those over TCP share field_
    std::unique_ptr<bus::FramedBus> bus;
    bool used = true;
  };
  using Unused = std::shared_ptr<std::vector<Line>>;
  // Closes what no one uses: no transaction is under way on it. To be buried once a second has passed, and whoever used
  // it is gone.
  [[nodiscard]] Unused retire_unused();
  void bury(const Unused& unused);

 private:
  [[nodiscard]] Line make(const config::BusConfig& bus);
  [[nodiscard]] base::Scheduler& home(const Line& line);

  const base::Clock& clock_;
  Worker& field_;
  std::vector<Line> lines_;
  std::vector<Unused> unused_;  // closed, and not gone yet
};

}  // namespace wayside::daemon
