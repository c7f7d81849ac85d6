#include "store/sqlite_outbox.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

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

  std::vector<ports::StoredKey> commit(std::vector<model::Stream> streams, std::vector<ports::StateChange> state = {}) {
    ports::Commit commit;
    for (const auto stream : streams) {
      ports::ChunkDraft chunk;
      chunk.stream = stream;
      chunk.events = 3;
      chunk.row = base::Bytes(1000, 7);
      commit.chunks.push_back(chunk);
    }
    commit.state = std::move(state);
    std::vector<ports::StoredKey> keys;
    outbox->commit(std::move(commit), [&keys](auto result) { keys = std::move(*result); });
    time.run_for(seconds{1});
    return keys;
  }
  std::vector<ports::StoredChunk> peek(model::Stream stream, ports::Outbox::Range range) {
    std::vector<ports::StoredChunk> out;
    outbox->peek(stream, range, [&out](auto rows) { out = std::move(*rows); });
    time.run_for(seconds{1});
    return out;
  }
  ports::OutboxStats stats() {
    ports::OutboxStats out;
    outbox->stats([&out](const auto& s) { out = s; });
    time.run_for(seconds{1});
    return out;
  }
  void release(const ports::ChunkKey& key) {
    bool done = false;
    outbox->release({key}, [&done](const auto& outcome) { done = outcome.has_value(); });
    time.run_for(seconds{1});
    CHECK(done);
  }

  base::SeededRandom random{5};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> writer = time.make_scheduler();
  std::unique_ptr<base::Scheduler> reader = time.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox;
};

constexpr ports::Outbox::Range kAll{0, ~ports::StorePosition{0}, 1'000'000};

void execute(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("numbers are gap-free in each stream, and go on after a restart") {
  Folder folder;
  model::Epoch epoch{};
  {
    World world(folder.file());
    CHECK(world.outbox->report().fresh);
    epoch = world.outbox->report().epoch;
    const auto keys = world.commit({kTelemetry, kAlarm, kTelemetry});
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].key.first == 1);
    CHECK(keys[1].key.first == 1);
    CHECK(keys[2].key.first == 2);
    CHECK(keys[2].position > keys[1].position);
  }
  World world(folder.file());
  CHECK_FALSE(world.outbox->report().fresh);
  CHECK(world.outbox->report().epoch == epoch);
  CHECK(world.commit({kTelemetry})[0].key.first == 3);
  CHECK(world.stats().accepted_chunks == 4);
  CHECK(world.stats().accepted_events == 12);
}

TEST_CASE("commits that wait share a transaction") {
  Folder folder;
  World world(folder.file());
  int answers = 0;
  for (int i = 0; i < 10; ++i) {
    ports::Commit commit;
    commit.chunks.push_back({kTelemetry, {}, {}, 1, {}, {}, 1, 0, base::Bytes(10, 1)});
    world.outbox->commit(std::move(commit), [&answers](auto) { ++answers; });
  }
  world.time.run_for(seconds{1});
  CHECK(answers == 10);
  CHECK(world.stats().commits == 1);
}

TEST_CASE("state is kept with the chunks, and a removal of it too") {
  Folder folder;
  {
    World world(folder.file());
    world.commit({kAlarm},
                 {{"alarm", "b", base::Bytes{2}}, {"alarm", "a", base::Bytes{1}}, {"other", "x", base::Bytes{}}});
    world.commit({}, {{"alarm", "b", std::nullopt}});
  }
  World world(folder.file());
  const auto entries = world.outbox->load("alarm");
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().key == "a");
  CHECK(entries->front().value == base::Bytes{1});
}

TEST_CASE("a released chunk is gone, also after a restart, and its position is not used again") {
  Folder folder;
  ports::StorePosition last = 0;
  {
    World world(folder.file());
    const auto keys = world.commit({kTelemetry, kTelemetry});
    last = keys[1].position;
    world.release(keys[1].key);
    CHECK(world.peek(kTelemetry, kAll).size() == 1);
    CHECK(world.stats().chunks == 1);
  }
  World world(folder.file());
  CHECK(world.peek(kTelemetry, kAll).size() == 1);
  CHECK(world.commit({kTelemetry})[0].position > last);
}

TEST_CASE("a walk gives a range of one stream, so many bytes but at least one row") {
  Folder folder;
  World world(folder.file());
  const auto keys = world.commit({kTelemetry, kAlarm, kTelemetry, kTelemetry});
  CHECK(world.peek(kTelemetry, {0, ~ports::StorePosition{0}, 1}).size() == 1);
  CHECK(world.peek(kTelemetry, {0, ~ports::StorePosition{0}, 2500}).size() == 2);
  const auto middle = world.peek(kTelemetry, {keys[0].position, keys[3].position, 1'000'000});
  REQUIRE(middle.size() == 1);
  CHECK(middle[0].stored.key == keys[2].key);
  CHECK(middle[0].chunk.row == base::Bytes(1000, 7));
  CHECK(middle[0].chunk.events == 3);
}

TEST_CASE("a damaged row is left out, removed and counted; the others are delivered") {
  Folder folder;
  { World(folder.file()).commit({kTelemetry, kTelemetry, kTelemetry}); }
  execute(folder.file(), "UPDATE chunk SET row=zeroblob(1000) WHERE first=2");
  World world(folder.file());
  const auto rows = world.peek(kTelemetry, kAll);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].stored.key.first == 3);
  CHECK(world.stats().damaged == 1);
  CHECK(world.stats().chunks == 2);
}

TEST_CASE("a file that cannot be used is set aside and a new epoch begins") {
  Folder folder;
  SECTION("no database") { std::ofstream(folder.file()) << std::string(5000, 'x'); }
  SECTION("of another program") { execute(folder.file(), "CREATE TABLE theirs(a)"); }
  SECTION("of a newer release") {
    { World(folder.file()).commit({kTelemetry}); }
    execute(folder.file(), "UPDATE meta SET value=99 WHERE key='min_reader'");
  }
  World world(folder.file());
  CHECK(world.outbox->report().fresh);
  CHECK_FALSE(world.outbox->report().origin.reason.empty());
  CHECK(world.outbox->report().set_aside.starts_with(folder.file() + ".set-aside-"));
  CHECK(std::filesystem::exists(world.outbox->report().set_aside));
  CHECK_FALSE(std::filesystem::exists(folder.file() + ".salvage"));
  CHECK(world.commit({kTelemetry})[0].key.first == 1);
}

TEST_CASE("a path that cannot be had is told with the path in it") {
  base::SeededRandom random(1);
  base::VirtualTime time{base::WallTime{}};
  const auto s = time.make_scheduler();
  const auto opened = store::SqliteOutbox::open("/nonexistent/wayside.db", {}, {*s, *s, *s}, random);
  CHECK(opened->away().find("/nonexistent/wayside.db") != std::string::npos);
  CHECK(opened->load("alarm")->empty());
}
