// Stored chunks to the platform: walks the streams of the outbox by lanes, wraps each row in its header, publishes
// within a window, and releases a chunk on its own PUBACK and on nothing else. Stages 9 and 10. Home: core.
//
// Lanes (contracts: lanes and the link): `alarm` at once; `live` what was stored since the link came up and waits
// less than 30 s; `backfill` the rest, oldest first. A chunk may fall from live to backfill, never back.
// Of telemetry at most the larger of one chunk and a quarter second of measured throughput is unacknowledged.
// A broker that is full gets nothing for a while, longer each time; then all that it refused is unsent again.
// Memory does not grow with an outage: only positions in flight, or acknowledged and not yet removed, are held.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/home_thread.hpp"
#include "base/scheduler.hpp"
#include "pipeline/byte_budget.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/link.hpp"
#include "ports/outbox.hpp"
#include "wire/envelope.hpp"
#include "wire/topics.hpp"

namespace wayside::pipeline {

struct ForwarderCounters {
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;  // by the broker, or too large for it; kept, tried again at the next connection
  std::uint64_t full = 0;     // times that the broker said it is full
  std::uint64_t read_errors = 0;
  std::uint32_t in_flight = 0;
  std::optional<base::BootTime> last_ack;
};

class Forwarder final : public ports::LinkListener, public CommitListener {
 public:
  struct Parts {
    model::GatewayId gateway;
    wire::Topics topics;
    ports::Outbox& outbox;
    const TimeKeeper& time;
    base::Scheduler& core;
    const ByteBudget* budget = nullptr;  // null: the link is not metered
  };
  explicit Forwarder(Parts parts);
  ~Forwarder() override;

  // The link calls back into this, so it is given after construction and must outlive it.
  void set_link(ports::Link& link) { link_ = &link; }

  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;
  void committed(const std::vector<ports::StoredKey>& keys) override;
  // What the budget held back may go.
  void budget_turned() { pump(); }

  // Measured, of telemetry; 0: not yet since the link came up.
  [[nodiscard]] double bytes_per_second() const { return bytes_per_second_; }
  [[nodiscard]] const ForwarderCounters& counters() const { return counters_; }

 private:
  // A walk through one stream in one lane, during one connection.
  struct Source {
    model::Stream stream;
    wire::Lane lane = wire::Lane::alarm;
    ports::StorePosition after = 0;
    ports::StorePosition before = ~ports::StorePosition{0};
    std::deque<ports::StoredChunk> ready;
    bool reading = false;
    bool dry = false;    // nothing more until something is stored or the range grows
    bool closed = true;  // the live lane before anything was stored since the link came up
    bool stale = false;  // something was stored, or the range grew, since the read under way was asked for
  };
  struct Recent {  // what the live lane may hold, per stream
    ports::StorePosition position = 0;
    base::BootTime stored{};
  };
  struct Flight {
    std::size_t bytes = 0;
    bool telemetry = false;
    bool acknowledged = false;  // on its way out of the store
  };

  void reset_sources();
  void pump();
  void fall_back(std::size_t telemetry_stream);
  bool pump_source(Source& source);
  void fill(Source& source);
  void on_rows(std::size_t source, std::uint64_t connection, base::Result<std::vector<ports::StoredChunk>> rows);
  [[nodiscard]] bool is_too_large(const ports::StoredChunk& chunk) const;
  [[nodiscard]] bool may_send(const ports::StoredChunk& chunk) const;
  void send(Source& source, ports::StoredChunk chunk);
  void on_published(ports::StoredKey key, base::Result<void> outcome);
  void release(ports::StoredKey key);
  void measure(std::size_t bytes);
  void pause();
  void end_pause();

  static constexpr std::size_t kAlarmSources = 3;
  static constexpr std::size_t kTelemetryStreams = 3;

  Parts parts_;
  ports::Link* link_ = nullptr;
  ports::MqttConnected broker_;
  std::uint64_t connection_ = 0;
  // alarm x3, live x3, backfill x3: in the order in which they use the link
  std::array<Source, kAlarmSources + 2 * kTelemetryStreams> sources_;
  std::array<std::deque<Recent>, kTelemetryStreams> recent_;
  std::map<ports::StorePosition, Flight> flights_;
  std::size_t telemetry_bytes_in_flight_ = 0;
  std::uint32_t telemetry_in_flight_ = 0;
  double bytes_per_second_ = 0;
  base::BootTime measured_since_{};
  std::size_t measured_bytes_ = 0;
  base::TimerId retry_timer_ = base::TimerId::none;
  base::TimerId pause_timer_ = base::TimerId::none;
  int pauses_ = 0;  // since the broker took something
  ForwarderCounters counters_;
  base::HomeThread home_;
};

}  // namespace wayside::pipeline
