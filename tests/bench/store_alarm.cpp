// store-alarm: from the commit of one transition with its state to the answer on core, while telemetry is stored and a
// backlog is drained, against pwrite of as many bytes into a file that is there already and fdatasync, one to one.
#include "bench/cases.hpp"
#include "bench/report.hpp"
#include "bench/store_rig.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kPairs = 5000;
constexpr std::size_t kTransitionBytes = 300;
constexpr std::size_t kStateBytes = 200;
constexpr std::size_t kTelemetryBytes = 8 * 1024;
constexpr auto kTelemetryEach = std::chrono::milliseconds{100};
constexpr auto kDrainEach = std::chrono::milliseconds{50};
constexpr std::size_t kDrainBytes = 64 * 1024;
constexpr std::size_t kBacklog = 4000;  // chunks
constexpr std::size_t kFileBytes = 1 << 20;

// Telemetry that is stored and a backlog that is read and removed, on core like the recorder's and the forwarder's.
// What was drained is stored again, so that there always is a backlog.
class Traffic {
 public:
  Traffic(StoreRig& rig, base::Random& random)
      : rig_(rig), chunk_(make_chunk(kTelemetry, kTelemetryBytes, 50, random)) {}

  void start() {
    store();
    drain();
  }
  void stop() { stopped_ = true; }
  [[nodiscard]] std::size_t drained() const { return drained_; }

 private:
  void store() {
    if (stopped_) return;
    rig_.outbox().commit({std::vector(1 + std::min<std::size_t>(owed_, 7), chunk_), {}}, {});
    owed_ -= std::min<std::size_t>(owed_, 7);
    rig_.core().post_at(rig_.core().now() + kTelemetryEach, [this] { store(); });
  }
  void drain() {
    if (stopped_) return;
    rig_.outbox().peek(kTelemetry, {after_, ~ports::StorePosition{0}, kDrainBytes},
                       [this](base::Result<std::vector<ports::StoredChunk>> rows) {
                         if (!rows) give_up("a read failed: " + rows.error().what);
                         std::vector<ports::ChunkKey> keys;
                         for (const auto& row : *rows) {
                           after_ = row.stored.position;
                           keys.push_back(row.stored.key);
                         }
                         drained_ += keys.size();
                         owed_ += keys.size();
                         if (!keys.empty()) rig_.outbox().release(std::move(keys), {});
                         rig_.core().post_at(rig_.core().now() + kDrainEach, [this] { drain(); });
                       });
  }

  StoreRig& rig_;
  ports::ChunkDraft chunk_;
  ports::StorePosition after_ = 0;
  std::size_t owed_ = 0;
  std::size_t drained_ = 0;
  bool stopped_ = false;
};

double microseconds_of(const std::function<void()>& task) {
  const double begun = wall_seconds();
  task();
  return (wall_seconds() - begun) * 1e6;
}

struct Pairs {
  std::vector<double> ours;
  std::vector<double> plain;
  std::vector<double> round_trips;  // to the writer's thread and back, with nothing to write
  std::size_t drained = 0;
};

Pairs measure(bool with_traffic, std::size_t pairs) {
  Folder folder;
  StoreRig rig(folder.file("wayside.db"));
  base::SeededRandom random(1);
  const auto telemetry = make_chunk(kTelemetry, kTelemetryBytes, 50, random);
  rig.commit_one_by_one(kBacklog / 8, [&telemetry] { return ports::Commit{std::vector(8, telemetry), {}}; }, {});
  const auto transition = make_chunk(kAlarm, kTransitionBytes, 1, random);
  const base::Bytes state(kStateBytes, 7);
  const base::Bytes bytes(kTransitionBytes + kStateBytes, 7);
  PlainLog file(folder.file("plain.log"), kFileBytes);
  Traffic traffic(rig, random);
  rig.run([&](const std::function<void()>& done) {
    if (with_traffic) traffic.start();
    done();
  });
  Pairs out;
  for (std::size_t i = 0; i < pairs; ++i) {
    double took = 0;
    rig.run([&](const std::function<void()>& done) {
      const double begun = wall_seconds();
      rig.outbox().commit({{transition}, {{"alarm", "site/overload cabinet-1", state}}},
                          [&took, begun, done, &rig](const base::Result<std::vector<ports::StoredKey>>& keys) {
                            took = (wall_seconds() - begun) * 1e6;
                            if (!keys) give_up("a commit failed: " + keys.error().what);
                            rig.outbox().release({keys->front().key}, {});  // its PUBACK
                            done();
                          });
    });
    out.ours.push_back(took);
    rig.run([&](const std::function<void()>& done) {
      const double begun = wall_seconds();
      rig.outbox().stats([&out, begun, done](const ports::OutboxStats&) {
        out.round_trips.push_back((wall_seconds() - begun) * 1e6);
        done();
      });
    });
    const auto at = i * bytes.size() % (kFileBytes - bytes.size());
    out.plain.push_back(microseconds_of([&] { file.write_at(bytes, at); }));
  }
  rig.run([&](const std::function<void()>& done) {
    traffic.stop();
    rig.core().post_at(rig.core().now() + 2 * kTelemetryEach, done);  // its timers have passed
  });
  out.drained = traffic.drained();
  return out;
}

void show(const Settings& settings, const Pairs& pairs, const char* variant, double share, double goal) {
  Result result;
  result.name = "store-alarm";
  result.variant = variant;
  result.ours = percentile(pairs.ours, share);
  result.ceiling = percentile(pairs.plain, share);
  result.unit = "us a transition";
  result.goal = goal;
  result.at_most = true;
  result.more = {{"pairs", static_cast<double>(pairs.ours.size())},
                 {"chunks_drained", static_cast<double>(pairs.drained)},
                 {"round_trip_us", percentile(pairs.round_trips, share)}};
  print(settings, result);
}

}  // namespace

void store_alarm(const Settings& settings) {
  const auto busy = measure(true, kPairs);
  show(settings, busy, "p50", 0.5, 1.3);
  show(settings, busy, "p99", 0.99, 2);
  // For comparison, without a goal: what telemetry and the drain add.
  const auto alone = measure(false, kPairs / 5);
  show(settings, alone, "p50, nothing else stored", 0.5, 0);
  show(settings, alone, "p99, nothing else stored", 0.99, 0);
}

}  // namespace wayside::bench
