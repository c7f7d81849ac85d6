// The disk refuses each call in turn, once and for a while; the store says so, goes on by itself when the disk works
// again, and has lost nothing and stored nothing twice: also not after a power cut that follows.
#include <cstdlib>
#include <deque>
#include <set>

#include "base/log.hpp"
#include "crash/store_story.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using tests::CrashDisk;
using tests::DiskImage;
using tests::DiskTrouble;
using tests::StoreWorld;

bool is_large_set() {
  const char* set = std::getenv("WAYSIDE_TEST_SET");
  return set != nullptr && std::string(set) != "quick";
}

// Commits like the recorder: one at a time, what was refused is put back in front of what came since.
class Client {
 public:
  explicit Client(StoreWorld& world) : world_(world) {}

  void make(model::Stream stream) { waiting_.push_back(tests::draft(stream, ++made_[stream])); }

  bool commit() {
    if (waiting_.empty()) return true;
    ports::Commit commit;
    commit.chunks.assign(waiting_.begin(), waiting_.end());
    commit.state.push_back({"client", "made", base::Bytes(8, static_cast<std::uint8_t>(made_.size()))});
    const auto keys = world_.commit(std::move(commit));
    if (!keys) {
      refused_ += 1;
      return false;
    }
    for (std::size_t i = 0; i < keys->size(); ++i) {
      const auto& key = (*keys)[i].key;
      // Bodies are given in the order of their numbers: nothing was skipped, nothing stored twice.
      if (tests::draft(key.stream, key.first).row != waiting_[i].row) wrong_ = "stored under another number";
      stored_.insert(key);
    }
    waiting_.clear();
    return true;
  }

  void release_one() {
    if (stored_.empty()) return;
    const auto key = *stored_.begin();
    bool done = false;
    world_.outbox().release({key}, [&done](const auto& outcome) { done = outcome.has_value(); });
    world_.run_for(milliseconds{600});
    maybe_gone_.insert(key);
    if (done) stored_.erase(key);
    if (done) gone_.insert(key);
  }

  // What is there must be what was answered, and nothing else (but for removals that were refused).
  std::string compare(StoreWorld& world) const {
    if (!wrong_.empty()) return wrong_;
    std::set<ports::ChunkKey> found;
    for (const auto stream : model::kStreams) {
      const auto rows = world.peek(stream);
      if (!rows) return "cannot be read: " + rows.error().what;
      for (const auto& row : *rows) {
        if (row.chunk.row != tests::draft(stream, row.stored.key.first).row) return "another body than was given";
        found.insert(row.stored.key);
      }
    }
    for (const auto& key : stored_) {
      if (!found.contains(key) && !maybe_gone_.contains(key)) return "missing: " + std::to_string(key.first);
    }
    for (const auto& key : gone_) {
      if (found.contains(key)) return "back again: " + std::to_string(key.first);
    }
    for (const auto& key : found) {
      if (!stored_.contains(key)) return "never answered: " + std::to_string(key.first);
    }
    return "";
  }

  [[nodiscard]] int refused() const { return refused_; }

 private:
  StoreWorld& world_;
  std::deque<ports::ChunkDraft> waiting_;
  std::map<model::Stream, std::uint64_t> made_;
  std::set<ports::ChunkKey> stored_;
  std::set<ports::ChunkKey> gone_;
  std::set<ports::ChunkKey> maybe_gone_;
  std::string wrong_;
  int refused_ = 0;
};

struct Outcome {
  std::uint64_t met = 0;  // calls that failed
  int refused = 0;        // commits that were told so
  std::string wrong;
};

constexpr store::Bounds kNoBallast{.ballast = 0};
constexpr store::Bounds kBallast{.min_free = 0, .ballast = 9000};

Outcome go_through(DiskTrouble trouble, std::uint64_t after, std::uint64_t times, const store::Bounds& bounds) {
  CrashDisk disk;
  base::SeededRandom random(after * 31 + times);
  Outcome out;
  StoreWorld world(disk, 1, bounds);
  Client client(world);
  disk.refuse(trouble, after, times);
  for (int i = 0; i < 14; ++i) {
    client.make(model::kStreams.at(random.below(model::kStreams.size())));
    client.make(model::kStreams.at(random.below(model::kStreams.size())));
    client.commit();
    if (random.chance(0.4)) client.release_one();
    static_cast<void>(world.peek(model::kStreams.front()));
    world.run_for(milliseconds{200});
  }
  out.met = disk.refused();
  disk.refuse(trouble, 0, 0);
  // Well again: the next tries must succeed without anyone's help.
  client.make(model::kStreams.front());
  bool back = false;
  for (int i = 0; i < 3 && !back; ++i) back = client.commit();
  out.refused = client.refused();
  if (world.is_lost()) {
    out.wrong = "it gave up";
  } else if (!back) {
    out.wrong = "it did not come back";
  } else {
    out.wrong = client.compare(world);
  }
  if (!out.wrong.empty()) return out;
  // Nothing was called durable that is not.
  disk.crash(random, random.chance(0.5) ? DiskImage::Fate::all_lost : DiskImage::Fate::by_chance);
  StoreWorld later(disk);
  out.wrong = later.is_open() ? client.compare(later) : "after a power cut it does not open: " + later.problem();
  if (!out.wrong.empty()) out.wrong = "after a power cut: " + out.wrong;
  return out;
}

// Each call in turn until none is met any more.
void in_turn(DiskTrouble trouble, std::uint64_t times, const store::Bounds& bounds = kNoBallast) {
  base::log::set_level(base::log::Level::off);
  const std::uint64_t step = is_large_set() ? 1 : 7;
  std::uint64_t calls = 0;
  int refused = 0;
  std::string wrong;
  for (std::uint64_t after = 0;; after += step) {
    const auto outcome = go_through(trouble, after, times, bounds);
    if (outcome.met == 0) break;
    ++calls;
    refused += outcome.refused;
    if (outcome.wrong.empty() || !wrong.empty()) continue;
    wrong = "call " + std::to_string(after) + ": " + outcome.wrong;
  }
  INFO(wrong);
  CHECK(wrong.empty());
  CHECK(calls > 2);
  CHECK(refused > 0);
}

}  // namespace

TEST_CASE("no room at any write: told, and nothing lost or stored twice") {
  in_turn(DiskTrouble::no_space, 1);
  in_turn(DiskTrouble::no_space, 9);
  in_turn(DiskTrouble::no_space, 9, kBallast);
}

TEST_CASE("a commit that finds no room goes through with that of the ballast, which is laid again later") {
  base::log::set_level(base::log::Level::off);
  const std::string ballast = std::string(StoreWorld::kPath) + ".ballast";
  CrashDisk disk;
  StoreWorld world(disk, 1, kBallast);
  auto store_one = [&world, number = std::uint64_t{0}]() mutable {
    world.run_for(std::chrono::minutes{1});
    ports::Commit commit;
    commit.chunks.push_back(tests::draft(model::kStreams.front(), ++number));
    return world.commit(std::move(commit)).has_value();
  };
  CHECK(store_one());
  REQUIRE(disk.files().exists(ballast));
  CHECK(disk.files().list(ballast).at(0).bytes == 9000);
  disk.refuse(DiskTrouble::no_space, 0, 1);
  CHECK(store_one());
  CHECK(disk.refused() == 1);
  CHECK_FALSE(disk.files().exists(ballast));
  CHECK(world.stats().failed_commits == 0);
  disk.set_free(10'000);  // too little to lay it again
  CHECK(store_one());
  CHECK(store_one());
  CHECK_FALSE(disk.files().exists(ballast));
  disk.set_free(10'000'000);
  CHECK(store_one());
  CHECK(store_one());
  CHECK(disk.files().list(ballast).at(0).bytes == 9000);
}

TEST_CASE("a write that is cut short: told, and nothing lost or stored twice") {
  in_turn(DiskTrouble::short_write, 1);
  in_turn(DiskTrouble::short_write, 4);
}

TEST_CASE("an error at any call: told, and nothing lost or stored twice") {
  in_turn(DiskTrouble::io_error, 1);
  in_turn(DiskTrouble::io_error, 12);
}

TEST_CASE("a sync that fails and forgets: told, and nothing lost or stored twice") {
  in_turn(DiskTrouble::bad_sync, 1);
  in_turn(DiskTrouble::bad_sync, 3);
}

TEST_CASE("a start that the disk refuses leaves a store that is away, and can be opened later") {
  base::log::set_level(base::log::Level::off);
  for (std::uint64_t after = 0;; ++after) {
    CrashDisk disk;
    disk.refuse(DiskTrouble::io_error, after, 1'000'000);
    bool lost = false;
    {
      StoreWorld world(disk);
      if (disk.refused() == 0) break;
      disk.refuse(DiskTrouble::io_error, 0, 0);
      if (world.is_open()) continue;  // the refusal met nothing that matters
      CHECK_FALSE(world.problem().empty());
      CHECK(world.commit({}).has_error());
      world.run_for(std::chrono::seconds{6});
      lost = world.is_lost();
    }
    CHECK(lost);
    StoreWorld again(disk);
    REQUIRE(again.is_open());
    ports::Commit commit;
    commit.chunks.push_back(tests::draft(model::kStreams.front(), 1));
    REQUIRE(again.commit(std::move(commit)).has_value());
  }
}
