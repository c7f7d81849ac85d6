// The books of a simulated run: what the store accepted (seen at the Outbox seam, from outside) against what the
// consumer received (seen at the broker, by header and body). One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "ports/mqtt_session.hpp"
#include "ports/outbox.hpp"
#include "wayside/v1/event.pb.h"

namespace wayside::v1 {
class Chunk;
}

namespace wayside::simulation {

struct Totals {
  std::uint64_t sent = 0;      // chunks that the store accepted
  std::uint64_t received = 0;  // of them, those that arrived
  std::uint64_t lost = 0;      // accepted, never arrived, and not told as lost
  std::uint64_t evicted = 0;   // accepted, never arrived, and told as evicted
  std::uint64_t repeated = 0;  // arrivals beyond the first
  std::uint64_t events = 0;    // in the chunks received
  std::uint64_t alarms = 0;    // transitions in them
  std::uint64_t notices = 0;   // of transitions that the disk had not taken
  std::uint64_t defects = 0;   // what must never be: see `first_defect`
  std::string first_defect;
};

class ClockBook;

class Tally {
 public:
  // Holds the time bases of chunks against what the clock showed. Both must outlive this.
  void watch_clock(const base::Clock& clock, const ClockBook& book) { clock_ = &clock, book_ = &book; }
  // The gateway was started.
  void life_began(base::BootTime at) { life_began_ = at; }
  // From now on what is sent for the first time of one stream and lane comes in the order of its numbers.
  void expect_ascending() { ascending_ = true; }
  void new_connection() { last_received_.clear(); }
  // Of the gateway whose epoch it is, where several are counted.
  void new_connection(model::Epoch epoch) {
    std::erase_if(last_received_, [epoch](const auto& entry) { return std::get<0>(entry.first) == epoch; });
  }
  void accepted(const ports::StoredKey& stored, std::uint32_t checksum);
  void received(const ports::MqttMessage& message);
  // The power went: transitions that only notices have told do not come any more.
  void crashed() { noticed_.clear(); }
  // Of the chunks accepted with a position up to `last`; numbers must be gap-free in each stream and epoch.
  [[nodiscard]] Totals totals(ports::StorePosition last);
  [[nodiscard]] ports::StorePosition last_position() const { return last_position_; }
  // Changes with every message and its time: equal for two runs of one seed.
  void mix(std::uint64_t word);
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  // Of what was received, whenever it came: the bodies of telemetry by their numbers, the steps of alarms.
  [[nodiscard]] std::uint64_t content() const;

 private:
  struct Accepted {
    ports::StorePosition position = 0;
    std::uint32_t checksum = 0;
  };
  struct Received {
    std::uint32_t checksum = 0;
    std::uint32_t content = 0;  // of the events, without what a clock may change in them
    std::uint64_t times = 0;
  };
  void received_chunk(const ports::MqttMessage& message);
  void received_loss(const v1::Loss& loss);
  void received_audit(model::Epoch epoch, const v1::AuditEntry& entry);
  void check_trails();
  [[nodiscard]] bool is_told(const ports::ChunkKey& key) const;
  void received_notice(const ports::MqttMessage& message);
  void received_alarm(const v1::Event& event);
  void defect(const std::string& what);
  void check_time(const ports::ChunkKey& key, const v1::Chunk& chunk);
  void check_order(const ports::ChunkKey& key, int lane);

  std::map<ports::ChunkKey, Accepted> accepted_;
  std::map<ports::ChunkKey, Received> received_;
  std::map<std::string, std::uint64_t> alarm_counts_;
  std::map<std::pair<model::Epoch, model::Stream>, std::map<std::uint64_t, std::uint64_t>> evicted_;  // first to last
  std::map<model::Epoch, std::map<std::uint64_t, base::Bytes>> trails_;  // records of the audit trail by number
  // Told by a notice, and not come as an event: the state that was told, by alarm and transition count.
  std::map<std::pair<std::string, std::uint64_t>, v1::AlarmState> noticed_;
  ports::StorePosition last_position_ = 0;
  Totals totals_;
  std::uint64_t digest_ = 0xCBF29CE484222325U;
  const base::Clock* clock_ = nullptr;
  const ClockBook* book_ = nullptr;
  base::BootTime life_began_{};
  bool ascending_ = false;
  std::map<std::tuple<model::Epoch, model::Stream, int>, model::ChunkNumber> last_received_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> alarm_steps_;  // each as text
};

// An Outbox that lets every commit's keys pass by a Tally.
class TalliedOutbox final : public ports::Outbox {
 public:
  TalliedOutbox(ports::Outbox& inner, Tally& tally) : inner_(inner), tally_(tally) {}
  void commit(ports::Commit commit, CommitCallback done) override;
  void peek(model::Stream stream, Range range, PeekCallback done) override {
    inner_.peek(stream, range, std::move(done));
  }
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override {
    inner_.release(std::move(keys), std::move(done));
  }
  void stats(StatsCallback done) override { inner_.stats(std::move(done)); }

 private:
  ports::Outbox& inner_;
  Tally& tally_;
};

}  // namespace wayside::simulation
