// What the store promises when something goes wrong: a lock, a stale key, damage, a place it may not write to.
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using Keys = std::vector<ports::StoredKey>;
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr ports::Outbox::Range kAll{0, ~ports::StorePosition{0}, 10'000'000};

struct Folder {
  Folder() {
    base::log::set_level(base::log::Level::off);
    char name[] = "/tmp/wayside-store-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string file() const { return path + "/wayside.db"; }
  std::string path;
};

struct World {
  explicit World(const std::string& file) {
    outbox = store::SqliteOutbox::open(file, {}, {*core, *writer, *reader}, random);
    REQUIRE(outbox->away().empty());
  }
  ~World() { outbox->close(); }

  base::Result<Keys> commit(std::size_t chunks, std::vector<ports::StateChange> state = {}) {
    ports::Commit commit;
    for (std::size_t i = 0; i < chunks; ++i) {
      commit.chunks.push_back({kTelemetry, {}, {}, 3, {}, {}, 1, 0, base::Bytes(100, 7)});
    }
    commit.state = std::move(state);
    base::Result<Keys> out = base::invalid_argument("no answer");
    outbox->commit(std::move(commit), [&out](auto result) { out = std::move(result); });
    time.run_for(seconds{20});
    return out;
  }
  std::vector<ports::StoredChunk> peek(model::Stream stream = kTelemetry) {
    std::vector<ports::StoredChunk> out;
    outbox->peek(stream, kAll, [&out](auto rows) { out = std::move(*rows); });
    time.run_for(seconds{1});
    return out;
  }
  ports::OutboxStats stats() {
    ports::OutboxStats out;
    outbox->stats([&out](const auto& s) { out = s; });
    time.run_for(seconds{1});
    return out;
  }

  base::SeededRandom random{5};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> writer = time.make_scheduler();
  std::unique_ptr<base::Scheduler> reader = time.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox;
};

class Connection {
 public:
  explicit Connection(const std::string& file) { REQUIRE(sqlite3_open(file.c_str(), &db_) == SQLITE_OK); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sqlite3_close(db_); }
  void execute(const char* sql) { REQUIRE(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace

TEST_CASE("after a failed commit the stats count only what is stored") {
  Folder folder;
  World world(folder.file());
  REQUIRE(world.commit(1).has_value());
  Connection other(folder.file());
  other.execute("CREATE TRIGGER refuse BEFORE INSERT ON chunk WHEN NEW.first=3 BEGIN SELECT RAISE(ABORT,'no'); END");
  REQUIRE(world.commit(2).has_error());
  CHECK(world.stats().accepted_chunks == 1);
  CHECK(world.stats().accepted_events == 3);
}
TEST_CASE("the old epoch is told where it could be read") {
  Folder folder;
  model::Epoch epoch{};
  {
    World world(folder.file());
    epoch = world.outbox->report().epoch;
  }
  Connection(folder.file()).execute("UPDATE meta SET value=99 WHERE key='min_reader'");
  World world(folder.file());
  REQUIRE(world.outbox->report().origin.old_epoch);
  CHECK(*world.outbox->report().origin.old_epoch == epoch);
}
