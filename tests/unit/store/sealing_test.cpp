// Rows of sensitive streams are sealed in the database, and no one notices but who reads the file.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "support/catch.hpp"
#include "support/test_sealer.hpp"
#include "unit/store/store_world.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using tests::FolderStore;
using tests::kTelemetry;
using tests::TestSealer;

constexpr model::Stream kSecret{model::StreamKind::telemetry, model::DataClass::sensitive};
constexpr model::Stream kSecretAlarm{model::StreamKind::alarm, model::DataClass::sensitive};

base::Bytes text(std::string_view value) { return {value.begin(), value.end()}; }

std::vector<ports::StoredKey> put(FolderStore& world, model::Stream stream, std::string_view value) {
  ports::Commit commit;
  base::BootId boot{3};
  commit.chunks.push_back({stream, boot, {}, 1, base::from_us(5), base::from_us(6), 2, 0x1234, text(value)});
  return world.put(std::move(commit));
}

bool stands_in(const std::string& file, std::string_view value) {
  for (const auto* end : {"", "-wal"}) {
    std::ifstream in(file + end, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    if (all.find(value) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a sealed row comes back as it was given, and its text does not stand in the database") {
  TestSealer sealer;
  FolderStore world({}, nullptr, &sealer);
  world.open();
  put(world, kTelemetry, "lane 2 volume 17");
  CHECK(world.query("SELECT value FROM meta WHERE key='min_reader'") == 1);
  put(world, kSecret, "plate B-12345");
  put(world, kSecretAlarm, "plate C-99999");
  CHECK(stands_in(world.file(), "lane 2 volume 17"));
  CHECK_FALSE(stands_in(world.file(), "plate"));
  // Not a release that would publish it as it stands; nor does its checksum tell of it.
  CHECK(world.query("SELECT value FROM meta WHERE key='min_reader'") == 3);
  CHECK(world.query("SELECT count(*) FROM chunk WHERE (codec&255)=130 AND checksum=0") == 2);
  for (int start = 0; start < 2; ++start) {
    const auto rows = world.peek(kSecret);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].chunk.row == text("plate B-12345"));
    CHECK(rows[0].chunk.checksum == 0x1234);
    CHECK(rows[0].chunk.codec == 2);
    CHECK(world.peek(kTelemetry).at(0).chunk.row == text("lane 2 volume 17"));
    CHECK(world.peek(kSecretAlarm).at(0).chunk.row == text("plate C-99999"));
    world.reopen();
    CHECK_FALSE(stands_in(world.file(), "plate"));
  }
  CHECK(world.losses().empty());
  world.release({world.peek(kSecret).at(0).stored});
  CHECK(world.stats().history_chunks == 1);
  CHECK(world.peek(kSecret).empty());
}

TEST_CASE("a new key: what the earlier one has sealed is still read, and new rows need the new one") {
  TestSealer before(1);
  TestSealer both(2, {1});
  FolderStore world({}, nullptr, &before);
  world.open();
  put(world, kSecret, "old");
  world.use(&both);
  world.reopen();
  put(world, kSecret, "new");
  const auto rows = world.peek(kSecret);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].chunk.row == text("old"));
  CHECK(rows[1].chunk.row == text("new"));
}

TEST_CASE("a row whose key is gone is an entry of the ledger, unreadable, and stops nothing") {
  TestSealer before(1);
  TestSealer other(2);
  FolderStore world({}, nullptr, &before);
  world.open();
  put(world, kSecret, "one");
  put(world, kSecret, "two");
  ports::RowSealer* const later[] = {&other, nullptr};
  for (auto* sealer : later) {
    put(world, kSecret, "three");
    world.use(sealer);
    world.reopen();
    CHECK(world.peek(kSecret).empty());
    world.run_for(std::chrono::seconds{1});
    const auto losses = world.losses();
    REQUIRE_FALSE(losses.empty());
    CHECK(losses.back().cause == model::LossCause::unreadable);
    CHECK(losses.back().stream == kSecret);
    CHECK(world.stats().chunks == 0);
    world.use(&before);
    world.reopen();
  }
  std::uint64_t lost = 0;
  for (const auto& loss : world.losses()) lost += loss.count;
  CHECK(lost == 4);
}

TEST_CASE("a row that was put in the place of another does not open") {
  TestSealer sealer;
  FolderStore world({}, nullptr, &sealer);
  world.open();
  put(world, kSecret, "first");
  put(world, kSecret, "other");
  world.close();
  // With its own checksum, so that this holds.
  world.query(
      "UPDATE chunk SET (row, row_crc) = (SELECT row, row_crc FROM chunk AS two WHERE two.position=2)"
      " WHERE position=1");
  world.open();
  const auto rows = world.peek(kSecret);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].stored.position == 2);
  world.run_for(std::chrono::seconds{1});
  REQUIRE(world.losses().size() == 1);
  CHECK(world.losses()[0].cause == model::LossCause::unreadable);
  CHECK(world.losses()[0].first == 1);
  CHECK(world.losses()[0].count == 1);
}

TEST_CASE("a damaged database is replaced, and its sealed rows are taken over untouched") {
  TestSealer sealer;
  FolderStore world({}, nullptr, &sealer);
  world.open();
  const auto epoch = world.outbox().report().epoch;
  put(world, kSecret, "plate B-12345");
  world.close();
  std::ofstream(world.file() + ".damaged") << "for a test\n";
  world.use(nullptr);  // whoever replaces it needs no key
  world.open();
  CHECK(world.outbox().report().epoch != epoch);
  CHECK(world.query("SELECT value FROM meta WHERE key='min_reader'") == 3);
  world.use(&sealer);
  world.reopen();
  const auto rows = world.peek(kSecret);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].stored.key.epoch == epoch);
  CHECK(rows[0].chunk.row == text("plate B-12345"));
  CHECK_FALSE(stands_in(world.file(), "plate"));
}
