// What goes, and in which order, when there is no room or when it is too old; and that the ledger says so.
#include "support/catch.hpp"
#include "unit/store/store_world.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using tests::FolderStore;
using tests::kAlarm;
using tests::kTelemetry;

constexpr std::uint64_t kCap = 2'000'000;
constexpr store::Bounds kSmall{.max_bytes = kCap, .min_free = 0, .ballast = 0};

// The system's files, on a file system that says how much it has left.
class FilesWithRoom final : public store::Files {
 public:
  std::uint64_t free = std::uint64_t{1} << 40U;

  bool exists(const std::string& path) override { return real_.exists(path); }
  base::Result<void> rename(const std::string& from, const std::string& to) override { return real_.rename(from, to); }
  base::Result<void> remove(const std::string& path) override { return real_.remove(path); }
  base::Result<void> sync_folder(const std::string& path) override { return real_.sync_folder(path); }
  base::Result<base::Bytes> read(const std::string& path, std::size_t most) override { return real_.read(path, most); }
  base::Result<void> copy(const std::string& from, const std::string& to) override { return real_.copy(from, to); }
  base::Result<void> write(const std::string& path, base::ByteView start) override { return real_.write(path, start); }
  base::Result<void> append(const std::string& path, base::ByteView more) override { return real_.append(path, more); }
  base::Result<void> write_again(const std::string& path) override { return real_.write_again(path); }
  std::vector<store::FileInfo> list(const std::string& prefix) override { return real_.list(prefix); }
  base::Result<std::uint64_t> free_bytes(const std::string& /*path*/) override { return free; }
  std::string written_at(const std::string& path) override { return real_.written_at(path); }

 private:
  store::Files& real_ = store::system_files();
};

std::uint64_t taken(const FolderStore& world) {
  std::uint64_t out = 0;
  for (const auto& file : store::system_files().list(world.file())) {
    if (file.path != world.file() && !file.path.ends_with("-shm")) out += file.bytes;
  }
  const auto used = world.query(
      "SELECT (SELECT page_count FROM pragma_page_count()) - freelist_count FROM "
      "pragma_freelist_count()");
  return out + static_cast<std::uint64_t>(used) * 4096;
}

}  // namespace

TEST_CASE("over the cap the oldest telemetry goes, and the ledger has every number of it") {
  FolderStore world(kSmall);
  world.open();
  for (int i = 0; i < 400; ++i) world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  CHECK(taken(world) <= kCap);
  CHECK(taken(world) > kCap / 2);
  const auto rows = world.peek(kTelemetry);
  const auto losses = world.losses();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].cause == model::LossCause::evicted);
  CHECK(losses[0].first == 1);
  CHECK(losses[0].last + 1 == rows.front().stored.key.first);
  CHECK(losses[0].count == losses[0].last);
  CHECK_FALSE(losses[0].coarse);
  CHECK(rows.back().stored.key.first == 400);
  CHECK(world.stats().evicted == losses[0].count);
  CHECK(world.stats().chunks == rows.size());
  world.reopen();
  CHECK(world.stats().chunks == rows.size());
  CHECK(world.losses().size() == 1);
}

TEST_CASE("history goes first, the oldest of it, and no ledger speaks of it") {
  FolderStore world(kSmall);
  world.open();
  for (int i = 0; i < 60; ++i) world.release(world.commit(kTelemetry, 1, 16'000));
  CHECK(world.stats().history_chunks == 60);
  for (int i = 0; i < 50; ++i) world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  CHECK(taken(world) <= kCap);
  CHECK(world.stats().chunks == 50);
  CHECK(world.stats().history_chunks > 0);
  CHECK(world.stats().history_chunks < 60);
  CHECK(world.losses().empty());
  CHECK(world.query("SELECT min(first) FROM chunk WHERE stream>6") > 1);
}

TEST_CASE("alarms go last") {
  FolderStore world(kSmall);
  world.open();
  for (int i = 0; i < 50; ++i) {
    world.commit(kAlarm, 1, 16'000);
    world.commit(kTelemetry, 1, 16'000);
  }
  CHECK(world.peek(kAlarm).size() == 50);
  for (int i = 0; i < 100; ++i) world.commit(kAlarm, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  CHECK(taken(world) <= kCap);
  CHECK(world.peek(kTelemetry).empty());
  const auto rows = world.peek(kAlarm);
  CHECK(rows.back().stored.key.first == 150);
  const auto losses = world.losses();
  REQUIRE(losses.size() == 2);
  std::uint64_t alarms = 0;
  for (const auto& loss : losses) alarms += loss.stream == kAlarm ? loss.count : 0;
  CHECK(alarms == 150 - rows.size());
}

TEST_CASE("what was set aside goes before telemetry that was not sent") {
  FolderStore world(kSmall);
  world.open();
  for (int i = 0; i < 80; ++i) world.commit(kTelemetry, 1, 16'000);
  world.close();
  REQUIRE(store::mark_damaged(world.file(), {}, "database damaged: for the test").has_value());
  world.open();
  CHECK(store::system_files().list(world.file() + ".set-aside-").size() >= 1);
  world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  CHECK(store::system_files().list(world.file() + ".set-aside-").empty());
  CHECK(world.peek(kTelemetry).size() == 81);
  CHECK(world.losses().empty());
}

TEST_CASE("with less left on the file system than min_free the store lives in the pages it has") {
  FilesWithRoom files;
  FolderStore world({.max_bytes = std::uint64_t{1} << 30U, .min_free = 10'000'000, .ballast = 0}, &files);
  world.open();
  for (int i = 0; i < 100; ++i) world.commit(kTelemetry, 1, 16'000);
  CHECK(world.losses().empty());
  files.free = 9'000'000;
  world.run_for(std::chrono::minutes{2});
  world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  const auto pages = world.query("SELECT page_count FROM pragma_page_count()");
  for (int i = 0; i < 200; ++i) world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::seconds{1});
  CHECK(world.query("SELECT page_count FROM pragma_page_count()") == pages);
  CHECK(world.stats().chunks > 60);
  REQUIRE(world.losses().size() == 1);
  CHECK(world.losses()[0].count + world.stats().chunks == 301);
  files.free = 90'000'000;
  world.run_for(std::chrono::minutes{2});
  const auto evicted = world.stats().evicted;
  for (int i = 0; i < 100; ++i) world.commit(kTelemetry, 1, 16'000);
  CHECK(world.stats().evicted == evicted);
}

TEST_CASE("history goes when its time has passed, whatever the clock on the wall says, and over restarts") {
  FolderStore world({.history = hours{48}});
  world.open();
  for (int hour = 0; hour < 72; ++hour) {
    world.release(world.commit(kTelemetry, 2));
    world.run_for(hours{1});
    if (hour % 10 == 9) world.reopen();
  }
  world.commit(kAlarm);
  world.run_for(std::chrono::seconds{1});
  CHECK(world.stats().history_chunks >= 2 * 48);
  CHECK(world.stats().history_chunks <= 2 * 56);
  CHECK(world.stats().evicted == 0);
  CHECK(world.query("SELECT count(*) FROM mark") < 60);
}

TEST_CASE("telemetry older than max_age goes unsent, alarms stay") {
  FolderStore world({.max_age = hours{24}});
  world.open();
  for (int hour = 0; hour < 48; ++hour) {
    world.commit(kTelemetry);
    world.commit(kAlarm);
    world.run_for(hours{1});
  }
  world.commit(kAlarm);
  world.run_for(std::chrono::seconds{1});
  CHECK(world.peek(kAlarm).size() == 49);
  const auto rows = world.peek(kTelemetry);
  CHECK(rows.size() >= 23);
  CHECK(rows.size() <= 27);
  REQUIRE(world.losses().size() == 1);
  CHECK(world.losses()[0].count == 48 - rows.size());
}

TEST_CASE("evictions are told once an hour while nothing is acknowledged, and at once when something is") {
  FolderStore world(kSmall);
  world.open();
  int news = 0;
  world.outbox().watch_ledger([&news] { ++news; });
  for (int i = 0; i < 300; ++i) world.commit(kTelemetry, 1, 16'000);
  world.run_for(std::chrono::minutes{30});
  CHECK(world.stats().evicted > 0);
  CHECK(news == 0);
  world.run_for(hours{1});
  world.commit(kTelemetry);
  CHECK(news == 1);
  for (int i = 0; i < 50; ++i) world.commit(kTelemetry, 1, 16'000);
  CHECK(news == 1);
  world.release({world.commit(kTelemetry).at(0)});
  CHECK(news == 2);
}

TEST_CASE("a ballast is laid beside the database, really written") {
  FolderStore world({.min_free = 0});
  world.open();
  for (int i = 0; i < 20; ++i) world.commit(kTelemetry);
  world.run_for(std::chrono::minutes{2});
  world.commit(kTelemetry);
  const auto files = store::system_files().list(world.file() + ".ballast");
  REQUIRE(files.size() == 1);
  CHECK(files[0].bytes > 0);
  const auto bytes = store::system_files().read(files[0].path, 4096);
  CHECK(std::ranges::count(*bytes, 0) < 100);
}
