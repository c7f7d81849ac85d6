// store-drain: a backlog of a million events, read, wrapped and published by the forwarder to a link that acknowledges
// at once, and removed, against reading the same rows with plain SQLite.
#include <sqlite3.h>

#include "bench/backlog.hpp"
#include "bench/cases.hpp"
#include "bench/report.hpp"

namespace wayside::bench {
namespace {

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
  if (count != kBacklogChunks) give_up("the backlog is not what was stored");
  return static_cast<double>(kBacklogEvents) / took;
}

}  // namespace

void store_drain(const Settings& settings) {
  std::vector<double> ours;
  std::vector<double> ceilings;
  std::vector<double> cpu;
  for (int i = 0; i < settings.rounds; ++i) {
    Folder folder;
    StoreRig rig(folder.file("wayside.db"));
    fill_backlog(rig);
    ceilings.push_back(read_plainly(folder.file("wayside.db")));
    NullLink link(rig.core());
    const auto drained = drain_backlog(rig, [&link](pipeline::Forwarder& forwarder) {
      forwarder.set_link(link);
      forwarder.link_up({});
    });
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
