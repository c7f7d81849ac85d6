// The loss ledger: entries merge, are bounded, are told, and go when what told them is acknowledged.
#include "store/ledger.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};

struct Table {
  Table() {
    auto opened = store::Database::open(":memory:", {.vfs = "", .exclusive = true});
    REQUIRE(opened.has_value());
    db.emplace(std::move(*opened));
    REQUIRE(store::create_tables(*db, model::Epoch{7}, {}).has_value());
    ledger.emplace(*db);
  }
  void lose(std::uint64_t first, std::uint64_t last, model::LossCause cause = model::LossCause::damaged) {
    model::Loss loss;
    loss.cause = cause;
    loss.epoch = model::Epoch{7};
    loss.stream = kTelemetry;
    loss.first = first;
    loss.last = last;
    loss.count = last - first + 1;
    loss.first_boot.fill(1);
    loss.last_boot.fill(1);
    loss.first_offset = base::from_us(static_cast<std::int64_t>(first));
    loss.last_offset = base::from_us(static_cast<std::int64_t>(last));
    REQUIRE(ledger->add(loss).has_value());
  }
  std::vector<model::Loss> losses() {
    std::vector<model::Loss> out;
    const auto entries = ledger->untold();
    for (const auto& entry : *entries) out.push_back(std::get<model::Loss>(entry.what));
    return out;
  }
  std::optional<store::Database> db;
  std::optional<store::Ledger> ledger;
};

// A store in a folder, with a damaged chunk in it.
struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    char name[] = "/tmp/wayside-ledger-XXXXXX";
    folder = ::mkdtemp(name);
    open();
  }
  ~World() {
    outbox->close();
    std::filesystem::remove_all(folder);
  }
  void open() {
    outbox = store::SqliteOutbox::open(folder + "/wayside.db", {}, {*s, *s, *s}, random);
    REQUIRE(outbox->away().empty());
    outbox->watch_ledger([this] { ++news; });
    run();
  }
  void reopen() {
    outbox->close();
    outbox.reset();
    open();
  }
  void run() { time.run_for(seconds{1}); }
  std::vector<ports::StoredKey> commit(model::Stream stream, std::vector<ports::StateChange> state = {}) {
    ports::Commit commit;
    commit.chunks.push_back({stream, {}, {}, 1, {}, {}, 1, 0, base::Bytes(40, 1)});
    commit.state = std::move(state);
    std::vector<ports::StoredKey> out;
    outbox->commit(std::move(commit), [&out](auto keys) { out = *keys; });
    run();
    return out;
  }
  void damage(const ports::StoredKey& key) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((folder + "/wayside.db").c_str(), &db) == SQLITE_OK);
    const auto sql = "UPDATE chunk SET row=zeroblob(40) WHERE position=" + std::to_string(key.position);
    REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
    outbox->peek(key.key.stream, {0, ~ports::StorePosition{0}, 1'000'000}, [](auto) {});
    run();
  }
  std::vector<ports::LedgerEntry> untold() {
    std::vector<ports::LedgerEntry> out;
    outbox->untold([&out](auto entries) { out = *entries; });
    run();
    return out;
  }
  ports::StateChange told(std::uint64_t id) const {
    return {std::string(ports::kToldSpace), std::to_string(id), base::Bytes{}};
  }

  std::string folder;
  base::SeededRandom random{5};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> s = time.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox;
  int news = 0;
};

}  // namespace

TEST_CASE("neighbours of one stream and cause are one entry, in whatever order they come") {
  Table table;
  table.lose(5, 5);
  table.lose(7, 8);
  table.lose(9, 9, model::LossCause::evicted);
  CHECK(table.losses().size() == 3);
  table.lose(6, 6);
  const auto losses = table.losses();
  REQUIRE(losses.size() == 2);
  CHECK(losses[1].first == 5);
  CHECK(losses[1].last == 8);
  CHECK(losses[1].count == 4);
  CHECK_FALSE(losses[1].coarse);
  CHECK(losses[1].first_offset == base::from_us(5));
  CHECK(losses[1].last_offset == base::from_us(8));
}

TEST_CASE("beyond a thousand entries the closest two become one, coarse") {
  Table table;
  for (std::uint64_t n = 1; n <= 1000; ++n) table.lose(n * 10, n * 10);
  table.lose(10'053, 10'053);
  table.lose(10'056, 10'056);  // the closest of all to its neighbour
  CHECK(*table.db->query_integer("SELECT count(*) FROM ledger") == 1000);
  CHECK(*table.db->query_integer("SELECT sum(count) FROM ledger") == 1002);
  CHECK(*table.db->query_integer("SELECT count FROM ledger WHERE coarse=1 AND first=10053 AND last=10056") == 2);
}

TEST_CASE("a damaged chunk is told, and its entry goes when the telling chunk is acknowledged") {
  World world;
  const auto key = world.commit(kTelemetry).at(0);
  world.damage(key);
  CHECK(world.news == 1);
  auto entries = world.untold();
  REQUIRE(entries.size() == 1);
  const auto loss = std::get<model::Loss>(entries[0].what);
  CHECK(loss.cause == model::LossCause::damaged);
  CHECK(loss.first == key.key.first);
  CHECK(loss.epoch == key.key.epoch);
  const auto telling = world.commit(store::kTellingStream, {world.told(entries[0].id)}).at(0);
  CHECK(world.untold().empty());
  world.reopen();
  CHECK(world.untold().empty());
  CHECK(world.outbox->load(ports::kToldSpace)->empty());
  world.outbox->release({telling.key}, {});
  world.run();
  world.reopen();
  CHECK(world.untold().empty());
}

TEST_CASE("when the telling chunk is lost itself, the entry is told again") {
  World world;
  world.damage(world.commit(kTelemetry).at(0));
  const auto id = world.untold().at(0).id;
  world.damage(world.commit(store::kTellingStream, {world.told(id)}).at(0));
  const auto entries = world.untold();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].id == id);
  CHECK(world.news >= 2);
}

TEST_CASE("a mark without a chunk of the telling stream tells nothing") {
  World world;
  world.damage(world.commit(kTelemetry).at(0));
  const auto id = world.untold().at(0).id;
  world.commit(kTelemetry, {world.told(id)});
  CHECK(world.untold().size() == 1);
}

TEST_CASE("an earlier epoch is closed when its last salvaged chunk goes") {
  World world;
  const auto key = world.commit(kTelemetry).at(0).key;
  REQUIRE(store::mark_damaged(world.folder + "/wayside.db", {}, "database damaged: for the test").has_value());
  world.reopen();
  const auto& report = world.outbox->report();
  CHECK(report.origin.reason == "database damaged: for the test");
  CHECK(report.origin.old_epoch == key.epoch);
  CHECK(report.salvaged == 1);
  CHECK(world.untold().empty());
  world.outbox->release({key}, {});
  world.run();
  const auto entries = world.untold();
  REQUIRE(entries.size() == 1);
  CHECK(std::get<model::EpochClosed>(entries[0].what).epoch == key.epoch);
  world.reopen();
  CHECK(world.untold().size() == 1);  // once
}
