// Databases of earlier releases, kept in tests/data/store, and what must never stop a start.
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

struct Folder {
  Folder() {
    base::log::set_level(base::log::Level::off);
    char name[] = "/tmp/wayside-store-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] std::string file() const { return path + "/wayside.db"; }
  std::string path;
};

struct World {
  explicit World(const std::string& file)
      : outbox(store::SqliteOutbox::open(file, {}, {*core, *writer, *writer}, random)) {
    REQUIRE(outbox->away().empty());
  }
  ~World() { outbox->close(); }

  std::vector<ports::StoredKey> commit(model::Stream stream) {
    ports::Commit commit;
    commit.chunks.push_back({stream, {}, {}, 1, {}, {}, 1, 0, base::Bytes(10, 1)});
    std::vector<ports::StoredKey> out;
    outbox->commit(std::move(commit), [&out](auto keys) {
      if (keys) out = *keys;
    });
    time.run_for(seconds{1});
    return out;
  }
  std::vector<ports::StoredChunk> peek(model::Stream stream) {
    std::vector<ports::StoredChunk> out;
    outbox->peek(stream, {0, ~ports::StorePosition{0}, 1'000'000}, [&out](auto rows) { out = std::move(*rows); });
    time.run_for(seconds{1});
    return out;
  }

  base::SeededRandom random{5};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> writer = time.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox;
};

void execute(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("a database of schema 1 is opened, and goes on") {
  Folder folder;
  fs::copy_file(WAYSIDE_SOURCE_DIR "/tests/data/store/schema-1.db", folder.file());
  World world(folder.file());
  CHECK_FALSE(world.outbox->report().fresh);
  CHECK(world.outbox->report().epoch == model::Epoch{static_cast<std::uint64_t>(-3781088316457532130)});
  CHECK(world.outbox->load("alarm")->size() == 12);
  const auto rows = world.peek(kTelemetry);
  REQUIRE(rows.size() == 11);
  CHECK(rows.back().stored.key.first == 12);
  CHECK(rows.back().chunk.row == base::Bytes(112, 12));
  CHECK(world.commit(kTelemetry).at(0).key.first == 13);
}

TEST_CASE("a database of schema 2 is opened, and goes on") {
  Folder folder;
  fs::copy_file(WAYSIDE_SOURCE_DIR "/tests/data/store/schema-2.db", folder.file());
  const model::Epoch now{static_cast<std::uint64_t>(-4627371582388691390)};
  const model::Epoch old{static_cast<std::uint64_t>(-7541218347953203506)};
  World world(folder.file());
  const auto& report = world.outbox->report();
  CHECK_FALSE(report.fresh);
  CHECK(report.epoch == now);
  CHECK(report.origin.old_epoch == old);
  CHECK(report.rows.at(old).chunks == 22);
  CHECK(report.rows.at(old).history_chunks == 0);
  CHECK(world.outbox->load("alarm")->size() == 12);
  CHECK(world.peek(kTelemetry).size() == 21);
  std::vector<ports::LedgerEntry> untold;
  world.outbox->untold([&untold](auto entries) { untold = *entries; });
  world.time.run_for(seconds{1});
  REQUIRE(untold.size() == 1);
  CHECK(std::get<model::Loss>(untold[0].what).first == 5);
  CHECK(world.commit(kTelemetry).at(0).key.first == 13);
  world.outbox->release({{old, kTelemetry, 2, 2}, {now, kTelemetry, 12, 12}}, {});
  world.time.run_for(seconds{1});
  CHECK(world.peek(kTelemetry).size() == 20);
}

TEST_CASE("after the migration the earlier release can still write, and its rows are found") {
  Folder folder;
  fs::copy_file(WAYSIDE_SOURCE_DIR "/tests/data/store/schema-1.db", folder.file());
  { CHECK(World(folder.file()).commit(kAlarm).size() == 1); }
  // The statements of the release of schema 1, word for word.
  execute(folder.file(),
          "SELECT value FROM meta WHERE key='min_reader' AND value <= 1;"
          "BEGIN IMMEDIATE;"
          "INSERT INTO chunk VALUES(38,-3781088316457532130,2,14,14,zeroblob(16),x'',1,0,0,1,0,0,x'');"
          "INSERT OR REPLACE INTO state VALUES('alarm','new',x'01');"
          "INSERT OR REPLACE INTO counter VALUES(2,15,37);"
          "UPDATE meta SET value=39 WHERE key='position';"
          "DELETE FROM chunk WHERE stream=2 AND epoch=-3781088316457532130 AND first=13 AND last=13;"
          "COMMIT;");
  World world(folder.file());
  CHECK_FALSE(world.outbox->report().fresh);
  CHECK(world.peek(kAlarm).back().stored.key.first == 14);
  CHECK(world.commit(kAlarm).at(0).key.first == 15);
}

TEST_CASE("a log without its database is set aside") {
  Folder folder;
  { std::ofstream(folder.file() + "-wal") << std::string(5000, 'w'); }
  World world(folder.file());
  const auto& report = world.outbox->report();
  CHECK(report.fresh);
  CHECK(report.origin.reason.find("without its database") != std::string::npos);
  CHECK(fs::file_size(report.set_aside + "-wal") == 5000);
}

TEST_CASE("several logs without a database are set aside one beside the other") {
  Folder folder;
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    {
      std::ofstream(folder.file() + "-wal") << std::string(5000, 'w');
    }
    fs::last_write_time(folder.file() + "-wal", fs::file_time_type{} + std::chrono::hours{24 * 365});
    names.insert(World(folder.file()).outbox->report().set_aside);
    fs::remove(folder.file());
  }
  CHECK(names.size() == 3);
}

TEST_CASE("what was set aside stays within bounds, the newest stays") {
  Folder folder;
  std::string newest;
  for (int i = 0; i < 6; ++i) {
    {
      std::ofstream(folder.file()) << std::string(9000, 'x');
    }
    newest = World(folder.file()).outbox->report().set_aside;
    fs::remove(folder.file());
  }
  std::size_t kept = 0;
  for (const auto& entry : fs::directory_iterator(folder.path)) {
    const auto name = entry.path().string();
    kept += name.find(".set-aside-") != std::string::npos && !name.ends_with("-wal") ? 1U : 0U;
  }
  CHECK(kept == 3);
  CHECK(fs::exists(newest));
}

TEST_CASE("a state table that only reading finds damaged does not stop the start") {
  Folder folder;
  {
    World world(folder.file());
    for (int i = 0; i < 60; ++i) {
      ports::Commit commit;
      commit.state.push_back({"alarm", "key-" + std::to_string(i), base::Bytes(500, 3)});
      world.outbox->commit(std::move(commit), [](auto) {});
    }
    world.time.run_for(seconds{1});
    CHECK(world.commit(kAlarm).size() == 1);
  }
  // A leaf of the state table: the first page that holds its values.
  std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), {});
  const auto at = content.rfind("alarmkey-3");
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at / 4096 * 4096));
  file << std::string(64, '\x7F');
  file.close();
  World world(folder.file());
  CHECK(world.outbox->report().fresh);
  CHECK(world.outbox->report().origin.reason.find("state") != std::string::npos);
  CHECK(world.outbox->report().origin.last_numbers.at(model::stream_number(kAlarm)) == 1);
  CHECK(world.outbox->load("alarm")->size() > 30);
  CHECK(world.peek(kAlarm).size() == 1);  // under its old epoch and number
  CHECK(world.peek(kAlarm).at(0).stored.key.epoch == *world.outbox->report().origin.old_epoch);
}
