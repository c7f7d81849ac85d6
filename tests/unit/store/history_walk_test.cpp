// The way through recorded telemetry, against walking through all of it.
#include "base/random.hpp"
#include "support/catch.hpp"
#include "unit/store/store_world.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;
using tests::FolderStore;
using tests::kAlarm;
using tests::kTelemetry;

base::BootId boot(std::uint8_t n) { return {n}; }
base::BootTime at(std::int64_t s) { return base::BootTime{} + seconds{s}; }

struct Walked {
  std::vector<ports::StorePosition> rows;
  ports::HistoryStop stop;
  bool failed = false;
};

Walked walk(FolderStore& world, ports::HistoryRange range, std::size_t pause_at = ~std::size_t{0}) {
  Walked out;
  world.outbox().walk(
      std::move(range),
      [&out, pause_at](const ports::StoredChunk& row) {
        if (out.rows.size() == pause_at) return ports::History::Step::pause;
        out.rows.push_back(row.stored.position);
        return ports::History::Step::on;
      },
      [&out](base::Result<ports::HistoryStop> stop) {
        out.failed = !stop;
        if (stop) out.stop = *stop;
      });
  world.run_for(std::chrono::milliseconds{10});
  return out;
}

std::vector<ports::StoredKey> put(FolderStore& world, const base::BootId& of, base::BootTime first, base::BootTime last,
                                  std::size_t bytes = 50) {
  ports::Commit commit;
  commit.chunks.push_back({kTelemetry, of, {}, 3, first, last, 1, 0, base::Bytes(bytes, 7)});
  return world.put(std::move(commit));
}

}  // namespace

TEST_CASE("rows that wait and rows that have arrived are found alike, by boot and time") {
  FolderStore world;
  world.open();
  struct Row {
    ports::StoredKey key;
    base::BootId boot;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  std::vector<Row> rows;
  base::SeededRandom random(11);
  for (std::uint8_t b = 1; b <= 5; ++b) {
    std::int64_t now = 0;
    const auto count = 1 + random.below(120);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto first = now + static_cast<std::int64_t>(random.below(3));
      const auto last = first + static_cast<std::int64_t>(random.below(90));
      rows.push_back({put(world, boot(b), at(first), at(last)).at(0), boot(b), first, last});
      now = std::max(now, last - 30);  // neighbours may overlap
      if (random.below(8) == 0) world.commit(kAlarm);
    }
  }
  std::vector<ports::StoredKey> released;
  for (const auto& row : rows) {
    if (random.below(2) == 0) released.push_back(row.key);
  }
  world.release(released);
  for (int trial = 0; trial < 300; ++trial) {
    ports::HistoryRange range{kTelemetry, {}, random.below(rows.size()), 1U << 20U};
    for (std::uint8_t b = 1; b <= 6; ++b) {
      if (random.below(2) == 0) continue;
      const auto from = static_cast<std::int64_t>(random.below(4000)) - 100;
      range.boots[boot(b)] = {at(from), at(from + static_cast<std::int64_t>(random.below(500)))};
    }
    std::vector<ports::StorePosition> wanted;
    for (const auto& row : rows) {
      const auto span = range.boots.find(row.boot);
      if (row.key.position < range.from || span == range.boots.end()) continue;
      if (at(row.last) >= span->second.from && at(row.first) < span->second.until) wanted.push_back(row.key.position);
    }
    const auto found = walk(world, range);
    CHECK_FALSE(found.failed);
    CHECK_FALSE(found.stop.next);
    CHECK(found.rows == wanted);
  }
}

TEST_CASE("a walk ends when it has read enough, or is told to, and goes on where it was") {
  FolderStore world;
  world.open();
  for (int i = 0; i < 10; ++i) put(world, boot(1), at(i), at(i), 100);
  ports::HistoryRange range{kTelemetry, {{boot(1), {at(0), at(100)}}}, 0, 300};
  std::vector<ports::StorePosition> all;
  for (int turn = 0; turn < 4; ++turn) {
    const auto found = walk(world, range);
    all.insert(all.end(), found.rows.begin(), found.rows.end());
    CHECK(found.rows.size() == (turn < 3 ? 3 : 1));
    CHECK(found.stop.next.has_value() == (turn < 3));
    range.from = found.stop.next.value_or(0);
  }
  CHECK(all.size() == 10);
  range.from = 0;
  range.max_bytes = 1U << 20U;
  const auto paused = walk(world, range, 4);
  CHECK(paused.rows.size() == 4);
  REQUIRE(paused.stop.next);
  CHECK(*paused.stop.next == all[4]);
}

TEST_CASE("a damaged row is passed over and counted") {
  FolderStore world;
  world.open();
  std::vector<ports::StoredKey> keys;
  for (int i = 0; i < 3; ++i) keys.push_back(put(world, boot(1), at(i), at(i)).at(0));
  world.release({keys[1]});
  world.close();
  world.query("UPDATE chunk SET row=zeroblob(50) WHERE position=" + std::to_string(keys[1].position));
  world.open();
  const auto found = walk(world, {kTelemetry, {{boot(1), {at(0), at(9)}}}, 0, 1000});
  CHECK_FALSE(found.failed);
  CHECK(found.rows == std::vector<ports::StorePosition>{keys[0].position, keys[2].position});
  CHECK(found.stop.unreadable == 1);
}

TEST_CASE("no boot that is asked for: nothing is read") {
  FolderStore world;
  world.open();
  for (int i = 0; i < 300; ++i) put(world, boot(static_cast<std::uint8_t>(i / 100)), at(i), at(i));
  const auto found = walk(world, {kTelemetry, {}, 0, 1000});
  CHECK(found.rows.empty());
  CHECK_FALSE(found.stop.next);
}
