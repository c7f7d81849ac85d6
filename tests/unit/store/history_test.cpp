// Released telemetry stays for a while as local history, and is never sent again.
#include "support/catch.hpp"
#include "unit/store/store_world.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using tests::FolderStore;
using tests::kAlarm;
using tests::kTelemetry;

}  // namespace

TEST_CASE("released telemetry becomes history: no backlog, not peeked, also not after a restart") {
  FolderStore world;
  world.open();
  const auto keys = world.commit(kTelemetry, 5);
  world.release({keys[0], keys[1], keys[3]});
  for (int start = 0; start < 2; ++start) {
    const auto rows = world.peek(kTelemetry);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].stored == keys[2]);
    CHECK(rows[1].stored == keys[4]);
    CHECK(world.stats().chunks == 2);
    CHECK(world.stats().bytes == 200);
    CHECK(world.stats().history_chunks == 3);
    CHECK(world.stats().history_bytes == 300);
    world.release({keys[0]});  // told a second time
    CHECK(world.stats().history_chunks == 3);
    world.reopen();
  }
}

TEST_CASE("what is released of an alarm stream goes, and without history telemetry does too") {
  FolderStore world({.history = std::chrono::seconds{0}});
  world.open();
  auto keys = world.commit(kTelemetry, 2);
  keys.push_back(world.commit(kAlarm).at(0));
  world.release(keys);
  CHECK(world.query("SELECT count(*) FROM chunk") == 0);
  FolderStore keeping;
  keeping.open();
  keeping.release({keeping.commit(kAlarm).at(0)});
  CHECK(keeping.query("SELECT count(*) FROM chunk") == 0);
}

TEST_CASE("the release before this one finds nothing to send in the history") {
  FolderStore world;
  world.open();
  const auto keys = world.commit(kTelemetry, 3);
  world.release({keys[0], keys[1]});
  // Its statement, word for word but for the columns.
  CHECK(world.query("SELECT count(*) FROM chunk WHERE stream=5 AND position>0 AND position<1000") == 1);
  CHECK(world.query("SELECT value FROM meta WHERE key='min_reader'") == 1);
  CHECK(world.query("SELECT count(*) FROM chunk INDEXED BY chunk_by_stream WHERE stream > -1") == 3);
}

TEST_CASE("a flipped bit does not make history of a chunk that was not sent") {
  FolderStore world;
  world.open();
  world.commit(kTelemetry, 3);
  world.close();
  // 5 and 21 differ in one bit. Found like any damaged key when somebody reads it: here by a salvage.
  world.query("DROP INDEX chunk_by_stream");
  world.query("UPDATE chunk SET stream=21 WHERE first=2");
  world.query("CREATE INDEX chunk_by_stream ON chunk(stream, position)");
  REQUIRE(store::mark_damaged(world.file(), {}, "database damaged: for the test").has_value());
  world.open();
  CHECK(world.peek(kTelemetry).size() == 2);
  CHECK(world.stats().history_chunks == 0);
}

TEST_CASE("a chunk is found for its release wherever it stands") {
  FolderStore world;
  world.open();
  std::vector<ports::StoredKey> keys;
  for (int i = 0; i < 40; ++i) {
    for (const auto& key : world.commit(kTelemetry, 3)) keys.push_back(key);
    world.commit(kAlarm);
  }
  base::SeededRandom random(3);
  while (!keys.empty()) {
    const auto at = keys.begin() + static_cast<std::ptrdiff_t>(random.below(keys.size()));
    world.release({*at});
    keys.erase(at);
    CHECK(world.stats().chunks == keys.size() + 40);
  }
  CHECK(world.peek(kTelemetry).empty());
  CHECK(world.stats().history_chunks == 120);
}

TEST_CASE("after a salvage history is history, and chunks of the old epoch find their release") {
  FolderStore world;
  world.open();
  const auto keys = world.commit(kTelemetry, 6);
  world.release({keys[0], keys[3]});
  world.close();
  REQUIRE(store::mark_damaged(world.file(), {}, "database damaged: for the test").has_value());
  world.open();
  CHECK(world.outbox().report().salvaged == 4);
  CHECK(world.stats().chunks == 4);
  CHECK(world.stats().history_chunks == 2);
  const auto newer = world.commit(kTelemetry, 2);
  world.release({keys[5], newer[1], keys[1]});
  const auto left = world.peek(kTelemetry);
  REQUIRE(left.size() == 3);
  CHECK(left[0].stored == keys[2]);
  CHECK(left[1].stored == keys[4]);
  CHECK(left[2].stored == newer[0]);
  // The old epoch is over when its last chunk that was not sent goes, whatever the history still has of it.
  world.release({keys[2], keys[4]});
  bool closed = false;
  world.outbox().untold([&closed](auto entries) {
    for (const auto& entry : *entries) closed = closed || std::holds_alternative<model::EpochClosed>(entry.what);
  });
  world.run_for(std::chrono::seconds{1});
  CHECK(closed);
}
