// Bits of a database are flipped, page by page. The start never fails for it; what can be read is delivered as it was
// given, what cannot is in the ledger; and a power cut in the middle of the replacement changes nothing of that.
#include <cstdlib>
#include <map>
#include <set>

#include "base/log.hpp"
#include "crash/store_story.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using tests::accounts_for;
using tests::CrashDisk;
using tests::DiskImage;
using tests::ledger_of;
using tests::StoreWorld;

constexpr std::uint64_t kPage = 4096;

bool is_large_set() {
  const char* set = std::getenv("WAYSIDE_TEST_SET");
  return set != nullptr && std::string(set) != "quick";
}

struct Stored {
  DiskImage image;
  model::Epoch epoch{};
  std::set<ports::ChunkKey> waiting;
  std::map<int, std::uint64_t> last;
};

// A database of some hundred pages, closed: chunks of all streams, every third released; state.
void fill(CrashDisk& disk, Stored& out) {
  StoreWorld world(disk);
  out.epoch = world.outbox().report().epoch;
  base::SeededRandom random(3);
  std::map<model::Stream, std::uint64_t> numbers;
  for (int i = 0; i < 300; ++i) {
    const auto stream = model::kStreams.at(random.below(model::kStreams.size()));
    const auto number = ++numbers[stream];
    ports::Commit commit;
    commit.chunks.push_back(tests::draft(stream, number));
    commit.state.push_back({"space", "key-" + std::to_string(i), base::Bytes(200, 5)});
    const auto keys = world.commit(std::move(commit));
    REQUIRE(keys.has_value());
    const auto key = keys->front().key;
    out.waiting.insert(key);
    out.last[model::stream_number(stream)] = number;
    if (i % 3 != 0) continue;
    world.outbox().release({key}, {});
    out.waiting.erase(key);
  }
  world.run_for(std::chrono::seconds{2});
  world.outbox().close();
}

Stored make() {
  Stored out;
  CrashDisk disk;
  fill(disk, out);
  out.image = disk.image();
  return out;
}

struct Found {
  std::set<ports::ChunkKey> chunks;
  std::string wrong;
  bool replaced = false;
};

// Opens what is there, again where damage shows itself only in use, and compares.
Found look(CrashDisk& disk, const Stored& stored) {
  Found out;
  const auto wrong = [&out](const std::string& what) {
    if (out.wrong.empty()) out.wrong = what;
  };
  for (int start = 0; start < 4; ++start) {
    StoreWorld world(disk, 99 + static_cast<std::uint64_t>(start));
    if (!world.is_open()) {
      wrong("it does not open: " + world.problem());
      return out;
    }
    out.chunks.clear();
    for (const auto stream : model::kStreams) {
      const auto rows = world.peek(stream);
      if (!rows) {
        if (!world.is_lost()) wrong("a stream cannot be read, and nothing follows from it: " + rows.error().what);
        continue;
      }
      for (const auto& row : *rows) {
        if (row.chunk.row != tests::draft(stream, row.stored.key.first).row) wrong("a damaged body is delivered");
        out.chunks.insert(row.stored.key);
      }
    }
    world.run_for(std::chrono::seconds{1});
    if (world.is_lost()) continue;  // damage that only reading met: the next start replaces it
    const auto& report = world.outbox().report();
    out.replaced = report.epoch != stored.epoch;
    const bool can_name_losses = !out.replaced || report.origin.old_epoch == stored.epoch;
    const auto ledger = ledger_of(world);
    for (const auto& key : stored.waiting) {
      if (out.chunks.contains(key) || accounts_for(ledger, key)) continue;
      const bool last_is_known = report.origin.last_numbers.contains(model::stream_number(key.stream));
      if (can_name_losses && (!out.replaced || last_is_known)) {
        wrong("lost without a word: stream " + std::to_string(model::stream_number(key.stream)) + " number " +
              std::to_string(key.first));
      }
    }
    for (const auto& [stream, last] : report.origin.last_numbers) {
      const auto known = stored.last.find(stream);
      if (out.replaced && can_name_losses && (known == stored.last.end() ? 0 : known->second) != last) {
        wrong("a wrong last number of the old epoch");
      }
    }
    ports::Commit commit;
    commit.chunks.push_back(tests::draft(model::kStreams.front(), 1));
    if (world.commit(std::move(commit)).has_error()) {
      world.run_for(std::chrono::seconds{1});
      if (world.is_lost()) continue;  // likewise, by writing
      wrong("it takes nothing new");
    }
    world.outbox().close();
    return out;
  }
  wrong("it is never in order");
  return out;
}

}  // namespace

TEST_CASE("a flipped bit on any page: the store opens, delivers nothing damaged and names what is lost") {
  base::log::set_level(base::log::Level::off);
  const auto stored = make();
  const auto pages = stored.image.content(stored.image.find(StoreWorld::kPath)).size() / kPage;
  REQUIRE(pages > 100);
  base::SeededRandom random(11);
  std::size_t kept = 0;
  std::size_t replaced = 0;
  std::size_t rounds = 0;
  std::string wrong;
  for (std::uint64_t page = 0; page < pages; page += is_large_set() ? 1U : 3U) {
    // In the header of the page, in the pointers to its cells, and anywhere.
    for (const auto offset : {random.below(8), 8 + random.below(40), random.below(kPage), random.below(kPage)}) {
      CrashDisk disk(stored.image);
      const auto at = page * kPage + offset;
      disk.image().flip(StoreWorld::kPath, at, static_cast<std::uint8_t>(1U << random.below(8)));
      const auto found = look(disk, stored);
      ++rounds;
      kept += found.chunks.size();
      replaced += found.replaced ? 1 : 0;
      if (wrong.empty() && !found.wrong.empty()) {
        wrong = "page " + std::to_string(page) + " offset " + std::to_string(offset) + ": " + found.wrong;
      }
    }
  }
  INFO(wrong);
  CHECK(wrong.empty());
  CHECK(replaced > 0);
  CHECK(kept > rounds * stored.waiting.size() * 9 / 10);  // of one page, little is lost
}

TEST_CASE("whole pages of noise, the first one too: the rest is salvaged") {
  base::log::set_level(base::log::Level::off);
  const auto stored = make();
  base::SeededRandom random(12);
  const auto pages = stored.image.content(stored.image.find(StoreWorld::kPath)).size() / kPage;
  std::string wrong;
  for (std::uint64_t page = 0; page < pages; page += is_large_set() ? 1U : 5U) {
    CrashDisk disk(stored.image);
    for (std::uint64_t i = 0; i < kPage; ++i) {
      disk.image().flip(StoreWorld::kPath, page * kPage + i, static_cast<std::uint8_t>(random.next()));
    }
    const auto found = look(disk, stored);
    if (wrong.empty() && !found.wrong.empty()) wrong = "page " + std::to_string(page) + ": " + found.wrong;
    if (page == 0) CHECK(found.chunks == stored.waiting);
  }
  INFO(wrong);
  CHECK(wrong.empty());
}

TEST_CASE("the power is cut at every point of a replacement: nothing more is lost by it") {
  base::log::set_level(base::log::Level::off);
  const auto stored = make();
  base::SeededRandom random(13);
  DiskImage damaged = stored.image;
  damaged.flip(StoreWorld::kPath, 2, 0xFF);  // the first page: salvage has its longest way
  std::vector<tests::DiskOp> story;
  {
    CrashDisk disk(damaged);
    disk.record(&story);
    StoreWorld world(disk);
    REQUIRE(world.is_open());
    REQUIRE(world.outbox().report().salvaged == stored.waiting.size());
  }
  DiskImage image = damaged;
  std::size_t states = 0;
  std::string wrong;
  for (std::size_t point = 0; point <= story.size(); ++point) {
    for (const auto fate : {DiskImage::Fate::all_lost, DiskImage::Fate::all_kept, DiskImage::Fate::by_chance}) {
      if (!is_large_set() && point % 5 != 0 && story.at(std::min(point, story.size() - 1)).path.empty()) continue;
      CrashDisk disk(image.crashed(fate, random));
      const auto found = look(disk, stored);
      ++states;
      if (!wrong.empty()) continue;
      if (!found.wrong.empty()) wrong = found.wrong;
      if (found.chunks != stored.waiting) wrong = "fewer chunks than without the cut";
      if (!wrong.empty()) wrong = "point " + std::to_string(point) + ": " + wrong;
    }
    if (point < story.size()) image.apply(story[point]);
  }
  INFO(wrong);
  CHECK(wrong.empty());
  CHECK(states > 50);
}
