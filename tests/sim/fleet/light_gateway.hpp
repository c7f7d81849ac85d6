// A gateway without field and disk: the product's chunker, forwarder and link over a store in memory. It measures six
// points of a cabinet each period, and raises or clears an alarm now and then. Home: core.
#pragma once

#include <string>

#include "base/random.hpp"
#include "pipeline/forwarder.hpp"
#include "pipeline/time_keeper.hpp"
#include "sim/fleet/light_outbox.hpp"
#include "simulation/tally.hpp"
#include "uplink/link.hpp"
#include "wire/chunker.hpp"

namespace wayside::sim {

class LightGateway {
 public:
  struct Parts {
    base::Scheduler& core;
    const pipeline::TimeKeeper& time;
    ports::MqttSessionFactory& sessions;
    simulation::Tally& tally;  // is told of all that the store took
  };
  struct Setting {
    std::string id;  // a valid gateway id
    std::string city;
    std::chrono::microseconds period{};
    std::uint64_t seed = 0;
  };
  LightGateway(Setting setting, Parts parts);

  void start();
  // Nothing more is measured; what waits is still sent.
  void end_measuring();
  // Says goodbye.
  void stop(base::Task done) { link_.stop(std::move(done)); }

  [[nodiscard]] const std::string& id() const { return setting_.id; }
  [[nodiscard]] model::Epoch epoch() const { return epoch_; }
  [[nodiscard]] bool is_up() const { return link_.is_up(); }
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }

 private:
  [[nodiscard]] uplink::LinkOptions link_options();
  [[nodiscard]] base::Bytes state(bool online) const;
  void measure();
  void record(const model::Event& event);
  void record_alarm();
  void measure_in(std::chrono::microseconds delay);

  Setting setting_;
  Parts parts_;
  base::SeededRandom random_;
  model::Epoch epoch_;
  model::PointTable points_;
  wire::Catalogues catalogues_;
  wire::Chunker chunker_;
  wire::Topics topics_;
  LightOutbox outbox_;
  simulation::TalliedOutbox tallied_;
  pipeline::Forwarder forwarder_;
  uplink::Link link_;
  std::uint64_t transitions_ = 0;
  base::TimerId timer_ = base::TimerId::none;
};

}  // namespace wayside::sim
