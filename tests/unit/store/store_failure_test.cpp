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
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};
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

TEST_CASE("of a commit that fails nothing is stored, and no number is used") {
  Folder folder;
  World world(folder.file());
  REQUIRE(world.commit(1).has_value());
  Connection other(folder.file());
  // The second chunk of the commit is refused, after the first was written.
  other.execute("CREATE TRIGGER refuse BEFORE INSERT ON chunk WHEN NEW.first=3 BEGIN SELECT RAISE(ABORT,'no'); END");
  const auto failed = world.commit(2, {{"alarm", "a", base::Bytes{1}}});
  REQUIRE(failed.has_error());
  CHECK(failed.error().consequence == base::Consequence::retry_later);
  CHECK(world.peek().size() == 1);
  CHECK(world.stats().chunks == 1);
  CHECK(world.stats().failed_commits == 1);
  CHECK(world.outbox->load("alarm")->empty());

  other.execute("DROP TRIGGER refuse");
  const auto keys = world.commit(2, {{"alarm", "a", base::Bytes{1}}});
  REQUIRE(keys.has_value());
  CHECK((*keys)[0].key.first == 2);
  CHECK((*keys)[1].key.first == 3);
  CHECK(world.outbox->load("alarm")->size() == 1);
}

TEST_CASE("commits are applied in the order given, also when they do not fit into one transaction") {
  Folder folder;
  World world(folder.file());
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 30; ++i) {
    ports::Commit commit;
    commit.chunks.push_back({kTelemetry, {}, {}, 1, {}, {}, 1, 0, base::Bytes(10'000, 1)});
    world.outbox->commit(std::move(commit), [&numbers](auto keys) { numbers.push_back((*keys)[0].key.first); });
  }
  world.time.run_for(seconds{1});
  std::vector<std::uint64_t> expected(30);
  std::iota(expected.begin(), expected.end(), 1U);
  CHECK(numbers == expected);
  const auto commits = world.stats().commits;
  CHECK(commits > 1);
  CHECK(commits < 10);
}

TEST_CASE("releases that come one by one share a transaction, and each is answered") {
  Folder folder;
  {
    World world(folder.file());
    const auto keys = world.commit(300);
    REQUIRE(keys.has_value());
    const auto before = world.stats().commits;
    int answers = 0;
    for (std::size_t i = 0; i < 90; ++i) {
      world.outbox->release({(*keys)[i].key}, [&answers](const auto& outcome) { answers += outcome ? 1 : 0; });
    }
    world.time.run_for(seconds{2});
    CHECK(answers == 90);
    CHECK(world.stats().commits - before <= 2);
    CHECK(world.stats().chunks == 210);
    CHECK(world.stats().bytes == 21'000);
  }
  World world(folder.file());
  const auto left = world.peek();
  REQUIRE(left.size() == 210);
  CHECK(left[0].stored.key.first == 91);
  CHECK(world.stats().bytes == 21'000);
}

TEST_CASE("a release that waits is written by close") {
  Folder folder;
  {
    World world(folder.file());
    const auto keys = world.commit(2);
    world.outbox->release({(*keys)[0].key}, {});
    world.time.run_for(std::chrono::milliseconds{1});  // long before the batch is due
  }
  World world(folder.file());
  CHECK(world.peek().size() == 1);
}

TEST_CASE("a key that is not here, or of another epoch or stream, is ignored") {
  Folder folder;
  World world(folder.file());
  const auto key = (*world.commit(1))[0].key;
  auto epoch = key;
  epoch.epoch = model::Epoch{12345};
  auto stream = key;
  stream.stream = kAlarm;
  auto number = key;
  number.first = number.last = 99;
  bool done = false;
  world.outbox->release({epoch, stream, number}, [&done](const auto& outcome) { done = outcome.has_value(); });
  world.time.run_for(seconds{2});
  CHECK(done);
  CHECK(world.peek().size() == 1);
}

TEST_CASE("a damaged row stays removed after a restart, and its number is not given again") {
  Folder folder;
  { CHECK(World(folder.file()).commit(2).has_value()); }
  Connection(folder.file()).execute("UPDATE chunk SET row=X'00' || substr(row, 2) WHERE first=2");
  {
    World world(folder.file());
    CHECK(world.peek().size() == 1);
    CHECK(world.peek().size() == 1);
    CHECK(world.stats().damaged == 1);  // once
  }
  World world(folder.file());
  CHECK(world.stats().chunks == 1);
  CHECK((*world.commit(1))[0].key.first == 3);
}

TEST_CASE("the epoch of a replaced database differs, and what was set aside is whole") {
  Folder folder;
  model::Epoch epoch{};
  {
    World world(folder.file());
    epoch = world.outbox->report().epoch;
    CHECK(world.commit(1).has_value());
  }
  Connection(folder.file()).execute("UPDATE meta SET value=99 WHERE key='min_reader'");
  const auto name = folder.file() + ".set-aside-" + store::system_files().written_at(folder.file());
  { std::ofstream(name) << "an earlier one"; }
  base::SeededRandom other(6);
  base::VirtualTime time{base::WallTime{}};
  const auto s = time.make_scheduler();
  const auto opened = store::SqliteOutbox::open(folder.file(), {}, {*s, *s, *s}, other);
  REQUIRE(opened->away().empty());
  CHECK(opened->report().epoch != epoch);
  CHECK(opened->report().set_aside == name + "-002");  // never over another
  Connection(name + "-002").execute("SELECT * FROM chunk");
}

TEST_CASE("a place where no file can be made leaves a store that says so, and waits") {
  Folder folder;
  { std::ofstream(folder.path + "/file") << "not a folder"; }
  base::SeededRandom random(1);
  base::VirtualTime time{base::WallTime{}};
  const auto s = time.make_scheduler();
  const auto under_a_file = store::SqliteOutbox::open(folder.path + "/file/wayside.db", {}, {*s, *s, *s}, random);
  CHECK(under_a_file->away().find("/file/wayside.db") != std::string::npos);
  const auto itself_a_folder = store::SqliteOutbox::open(folder.path, {}, {*s, *s, *s}, random);
  CHECK_FALSE(itself_a_folder->away().empty());
  bool answered = false;
  under_a_file->commit({}, [&answered](const auto& keys) { answered = keys.has_error(); });
  int lost = 0;
  under_a_file->when_lost([&lost] { ++lost; });
  time.run_for(seconds{6});
  CHECK(answered);
  CHECK(lost == 0);
  std::filesystem::remove(folder.path + "/file");
  std::filesystem::create_directory(folder.path + "/file");
  time.run_for(seconds{20});
  CHECK(lost == 1);  // it can be opened now, by another
}
