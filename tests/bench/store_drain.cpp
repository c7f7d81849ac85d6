// store-drain: a backlog of a million events, read, wrapped and published by the forwarder to a link that acknowledges
// at once, and removed, against reading the same rows with plain SQLite.
#include <sqlite3.h>

#include "bench/cases.hpp"
#include "bench/report.hpp"
#include "bench/store_rig.hpp"
#include "pipeline/forwarder.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kEvents = 1'000'000;
constexpr std::size_t kEventBytes = 200;
constexpr std::size_t kEventsOfChunk = 80;  // 16 KB
constexpr std::size_t kChunks = kEvents / kEventsOfChunk;
constexpr std::size_t kChunksOfCommit = 20;

// Acknowledges what was published with the next turn of core.
class NullLink final : public ports::Link {
 public:
  explicit NullLink(base::Scheduler& core) : core_(core) {}
  [[nodiscard]] bool is_up() const override { return true; }
  void publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) override {
    bytes_ += message.payload.size();
    core_.post([done = std::move(done)]() mutable { done({}); });
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  base::Scheduler& core_;
  std::size_t bytes_ = 0;
};

void fill(StoreRig& rig) {
  base::SeededRandom random(1);
  const auto chunk = make_chunk(kTelemetry, kEventsOfChunk * kEventBytes, kEventsOfChunk, random);
  const ports::Commit commit{std::vector(kChunksOfCommit, chunk), {}};
  rig.commit_one_by_one(kChunks / kChunksOfCommit, [&commit] { return commit; }, {});
}

// A connection of its own and one statement: what SQLite takes for the rows alone.
double read_plainly(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_stmt* rows = nullptr;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "SELECT position, row FROM chunk ORDER BY position", -1, &rows, nullptr) != SQLITE_OK) {
    give_up(std::string("reading plainly: ") + sqlite3_errmsg(db));
  }
  const double begun = wall_seconds();
  base::Bytes row;
  std::size_t count = 0;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(rows, 1));
    row.assign(data, data + sqlite3_column_bytes(rows, 1));
    ++count;
  }
  const double took = wall_seconds() - begun;
  sqlite3_finalize(rows);
  sqlite3_close(db);
  if (count != kChunks) give_up("the backlog is not what was stored");
  return static_cast<double>(kEvents) / took;
}

struct Drained {
  double rate = 0;
  double cpu_us = 0;  // an event
};

Drained drain(StoreRig& rig) {
  pipeline::TimeKeeper time(rig.clock(), "bench", {});
  std::unique_ptr<pipeline::Forwarder> forwarder;
  NullLink link(rig.core());
  const double cpu = cpu_seconds();
  const double begun = wall_seconds();
  std::function<void()> look;
  rig.run([&](std::function<void()> done) {
    const model::GatewayId gateway{"bench"};
    forwarder = std::make_unique<pipeline::Forwarder>(pipeline::Forwarder::Parts{
        gateway, wire::Topics({"city", "district", "street", "grid"}, gateway), rig.outbox(), time, rig.core()});
    forwarder->set_link(link);
    forwarder->link_up({});
    // Until the last removal is durable.
    look = [&, done = std::move(done)] {
      rig.outbox().stats([&, done](const ports::OutboxStats& stats) {
        if (stats.chunks == 0) return done();
        rig.core().post_at(rig.core().now() + std::chrono::milliseconds{5}, [&] { look(); });
      });
    };
    look();
  });
  const double took = wall_seconds() - begun;
  const Drained out{static_cast<double>(kEvents) / took, (cpu_seconds() - cpu) * 1e6 / static_cast<double>(kEvents)};
  rig.run([&forwarder](const std::function<void()>& done) {
    forwarder.reset();  // on core, where it lives
    done();
  });
  return out;
}

}  // namespace

void store_drain(const Settings& settings) {
  std::vector<double> ours;
  std::vector<double> ceilings;
  std::vector<double> cpu;
  for (int i = 0; i < settings.rounds; ++i) {
    Folder folder;
    StoreRig rig(folder.file("wayside.db"));
    fill(rig);
    ceilings.push_back(read_plainly(folder.file("wayside.db")));
    const auto drained = drain(rig);
    ours.push_back(drained.rate);
    cpu.push_back(drained.cpu_us);
  }
  Result result;
  result.name = "store-drain";
  result.variant = "1,000,000 events, 80 a chunk";
  result.ours = median(ours);
  result.ceiling = median(ceilings);
  result.unit = "events/s";
  result.goal = 0.8;
  result.more = {{"cpu_us_an_event", median(cpu)}};
  print(settings, result);
}

}  // namespace wayside::bench
