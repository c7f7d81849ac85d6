#include "pipeline/assets.hpp"

#include "base/log.hpp"
#include "support/catch.hpp"
#include "wire/asset_record.hpp"

namespace {

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using model::AssetCause;
using model::Quality;

constexpr base::WallTime kDate{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

base::BootTime at(std::chrono::microseconds t) { return base::BootTime{} + t; }

// A DALI gateway with two lamps, and a relay.
struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    add("dali-1", "lamp-0.lamp_on", "lamp_on", {{"lamp", "0"}});
    add("dali-1", "lamp-1.lamp_on", "lamp_on", {{"lamp", "1"}});
    add("pump-1", "running", "running", {});
    add("meter-1", "power", "", {});
    pipeline::add_asset_points(points, devices);
    book = std::make_unique<pipeline::AssetBook>(points, devices);
  }
  void add(const char* device, std::string name, std::string role, std::map<std::string, std::string> labels) {
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = std::move(name);
    info.metric = info.name;
    info.role = std::move(role);
    info.labels = std::move(labels);
    info.labels["site"] = "a";
    info.period = 10s;
    info.data_class = model::DataClass::open;
    points.add(std::move(info));
  }
  std::vector<pipeline::AssetBook::Told> poll(std::size_t device, std::chrono::microseconds t, bool answers = true,
                                              std::optional<model::DeviceIdentity> identity = {}) {
    pipeline::PollResult result;
    result.device = device;
    result.at = at(t);
    result.counters.communicating = answers;
    result.identity = std::move(identity);
    return book->polled(result, dated ? pipeline::AssetBook::Date{kDate + t} : std::nullopt);
  }
  void on(std::string_view device, std::string_view point, std::chrono::microseconds t, bool on,
          Quality quality = Quality::good) {
    const auto handle = points.find(model::DeviceId{std::string(device)}, point);
    REQUIRE(handle);
    book->reading({*handle, on, quality, at(t)});
  }
  const model::AssetRecord& record(std::size_t device) const {
    REQUIRE(book->record(device));
    return *book->record(device);
  }
  std::vector<model::DeviceId> devices{model::DeviceId{"dali-1"}, model::DeviceId{"pump-1"},
                                       model::DeviceId{"meter-1"}};
  model::PointTable points;
  std::unique_ptr<pipeline::AssetBook> book;
  bool dated = true;
};

std::uint64_t us(std::chrono::microseconds t) { return static_cast<std::uint64_t>(t.count()); }

}  // namespace

TEST_CASE("a device is first seen when it answers, not when it is configured") {
  World world;
  CHECK(world.poll(0, 10s, false).empty());
  CHECK_FALSE(world.book->record(0));
  const auto told = world.poll(0, 20s, true, model::DeviceIdentity{" S-1\x01 ", "1.0"});
  REQUIRE(told.size() == 1);
  CHECK(told[0].report.cause == AssetCause::first_seen);
  CHECK(told[0].report.record.identity.serial == "S-1?");
  CHECK(told[0].report.record.first_seen_wall_us == (kDate + 20s).time_since_epoch().count());
  REQUIRE(told[0].changes.size() == 1);
  CHECK(told[0].changes[0].key == "dali-1");
  CHECK(world.poll(0, 30s).empty());
}

TEST_CASE("the date of the first answer is filled in when the clock is trusted later") {
  World world;
  world.dated = false;
  REQUIRE(world.poll(0, 20s).size() == 1);
  CHECK(world.record(0).first_seen_wall_us == 0);
  world.dated = true;
  CHECK(world.poll(0, 100s).empty());
  CHECK(world.record(0).first_seen_wall_us == (kDate + 20s).time_since_epoch().count());
}

TEST_CASE("running is the time between two answers; a loss is counted once") {
  World world;
  world.poll(2, 0s);
  world.poll(2, 60s);
  world.poll(2, 90s, false);
  world.poll(2, 120s, false);
  world.poll(2, 150s);
  world.poll(2, 160s);
  CHECK(world.record(2).observed_us == us(160s));
  CHECK(world.record(2).running_us == us(70s));
  CHECK(world.record(2).times_lost == 1);
}

TEST_CASE("hours and cycles are kept for each lamp; what was not seen is not counted") {
  World world;
  world.poll(0, 0s);
  world.on("dali-1", "lamp-0.lamp_on", 0s, true);
  world.on("dali-1", "lamp-0.lamp_on", 10s, true);
  world.on("dali-1", "lamp-0.lamp_on", 20s, false);
  world.on("dali-1", "lamp-0.lamp_on", 30s, true);
  world.on("dali-1", "lamp-0.lamp_on", 1h, true);  // nobody looked for an hour
  world.on("dali-1", "lamp-1.lamp_on", 10s, false);
  world.on("dali-1", "lamp-1.lamp_on", 20s, false, Quality::bad_no_communication);
  world.on("dali-1", "lamp-1.lamp_on", 2h, true);  // went on in between: a cycle, no hours
  const auto& loads = world.record(0).loads;
  REQUIRE(loads.size() == 2);
  CHECK(loads[0].name == "lamp-0");
  CHECK(loads[0].on_us == us(20s));
  CHECK(loads[0].cycles == 1);
  CHECK(loads[1].on_us == 0);
  CHECK(loads[1].cycles == 1);
  CHECK(world.record(0).switch_cycles() == 2);
}

TEST_CASE("another serial closes the record with its hours and begins a new one") {
  World world;
  world.poll(1, 0s, true, model::DeviceIdentity{"old", "1"});
  world.on("pump-1", "running", 0s, true);
  world.on("pump-1", "running", 20s, true);
  world.poll(1, 20s);
  const auto told = world.poll(1, 30s, true, model::DeviceIdentity{"new", "2"});
  REQUIRE(told.size() == 1);
  CHECK(told[0].report.cause == AssetCause::replaced);
  REQUIRE(told[0].report.closed);
  CHECK(told[0].report.closed->identity.serial == "old");
  CHECK(told[0].report.closed->running_us == us(30s));
  CHECK(told[0].report.closed->burn_us() == us(20s));
  CHECK(told[0].report.record.generation == 2);
  CHECK(told[0].report.record.burn_us() == 0);
  REQUIRE(told[0].changes.size() == 2);
  CHECK(told[0].changes[1].key == "pump-1#1");
}

TEST_CASE("lamps behind a gateway keep their hours when the gateway is replaced") {
  World world;
  world.poll(0, 0s, true, model::DeviceIdentity{"old", ""});
  world.on("dali-1", "lamp-0.lamp_on", 0s, true);
  world.on("dali-1", "lamp-0.lamp_on", 10s, true);
  const auto told = world.poll(0, 30s, true, model::DeviceIdentity{"new", ""});
  REQUIRE(told.size() == 1);
  CHECK(told[0].report.record.loads[0].on_us == us(10s));
  CHECK(told[0].report.record.running_us == 0);
}

TEST_CASE("a serial that could not be read is no replacement; one read later is filled in") {
  World world;
  world.poll(1, 0s);
  CHECK(world.poll(1, 10s, true, model::DeviceIdentity{"S-1", ""}).empty());
  CHECK(world.poll(1, 20s, true, model::DeviceIdentity{"", "1.0"}).empty());
  CHECK(world.record(1).identity.serial == "S-1");
  const auto told = world.poll(1, 30s, true, model::DeviceIdentity{"S-1", "1.1"});
  REQUIRE(told.size() == 1);
  CHECK(told[0].report.cause == AssetCause::firmware_changed);
}

TEST_CASE("two units that answer by turns at one address are believed once in ten minutes") {
  World world;
  world.poll(1, 0s, true, model::DeviceIdentity{"a", ""});
  std::size_t replaced = 0;
  for (int i = 1; i <= 100; ++i) {
    replaced += world.poll(1, std::chrono::seconds{i}, true, model::DeviceIdentity{i % 2 == 0 ? "a" : "b", ""}).size();
  }
  CHECK(replaced == 1);
  world.poll(1, 101s, true, model::DeviceIdentity{"c", ""});
  CHECK(world.book->daily(at(5min), kDate).empty());
  const auto told = world.book->daily(at(15min), kDate);
  REQUIRE(told.size() == 1);
  CHECK(told[0].report.record.identity.serial == "c");
}

TEST_CASE("of closed records the last four are kept") {
  World world;
  world.poll(1, 0s, true, model::DeviceIdentity{"0", ""});
  std::vector<pipeline::AssetBook::Told> told;
  for (int i = 1; i <= 5; ++i) {
    told = world.poll(1, std::chrono::hours{i}, true, model::DeviceIdentity{std::to_string(i), ""});
  }
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].changes.size() == 3);
  CHECK(told[0].changes[2].key == "pump-1#1");
  CHECK_FALSE(told[0].changes[2].value);
}

TEST_CASE("a record survives a restart; one that cannot be read is begun anew") {
  World before;
  before.poll(0, 0s, true, model::DeviceIdentity{"S-1", "1.0"});
  before.on("dali-1", "lamp-1.lamp_on", 0s, false);
  before.book->alarm_raised(model::DeviceId{"dali-1"});
  const auto saved = before.book->unsaved();
  REQUIRE(saved.size() == 1);
  CHECK(before.book->unsaved().empty());

  World after;
  after.book->restore({{"dali-1", *saved[0].value}, {"dali-1#1", *saved[0].value}, {"pump-1", {9, 9}}});
  CHECK(after.poll(0, 0s).empty());
  CHECK(after.record(0).identity.serial == "S-1");
  CHECK(after.record(0).alarms == 1);
  after.on("dali-1", "lamp-1.lamp_on", 10s, true);  // off before the restart, on after it
  CHECK(after.record(0).loads[1].cycles == 1);
  CHECK(after.poll(1, 0s).size() == 1);
}

TEST_CASE("a report leaves daily, also when the gateway restarts every night") {
  World world;
  world.poll(1, 0s);
  CHECK(world.book->daily(at(23h), kDate + 23h).empty());
  CHECK(world.book->daily(at(24h), kDate + 24h).size() == 1);
  const auto saved = wire::encode_asset(world.record(1));
  World after;
  after.book->restore({{"pump-1", saved}});
  CHECK(after.book->daily(at(1h), kDate + 30h).empty());
  CHECK(after.book->daily(at(20h), kDate + 48h).size() == 1);
  CHECK(after.book->daily(at(21h), kDate + 49h).empty());
}

TEST_CASE("hours are points: of the device, and of each load with its labels") {
  World world;
  const auto burn = world.points.find(model::DeviceId{"dali-1"}, "lamp-1.asset_burn_hours");
  REQUIRE(burn);
  const auto& info = world.points.info(*burn);
  CHECK(info.metric == "asset_burn_hours");
  CHECK(info.labels.at("lamp") == "1");
  CHECK(info.derived);
  CHECK(info.data_class == model::DataClass::open);
  CHECK_FALSE(world.points.find(model::DeviceId{"dali-1"}, "asset_burn_hours"));
  CHECK(world.points.find(model::DeviceId{"pump-1"}, "asset_burn_hours"));
  CHECK(world.points.find(model::DeviceId{"meter-1"}, "asset_running_hours"));
  CHECK_FALSE(world.points.find(model::DeviceId{"meter-1"}, "asset_burn_hours"));
  // A rule that chooses the device by a label all its points have must go on finding it; one lamp's label is not such.
  const auto running = world.points.find(model::DeviceId{"dali-1"}, "asset_running_hours");
  REQUIRE(running);
  CHECK(world.points.info(*running).labels == std::map<std::string, std::string>{{"site", "a"}});

  CHECK(world.book->hours(at(0s)).empty());
  world.poll(1, 0s);
  CHECK(world.book->hours(at(0s)).size() == 3);
  CHECK(world.book->hours(at(0s)).empty());
  world.poll(1, 36s);
  const auto changed = world.book->hours(at(36s));
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].value == model::Value{0.01});
}

TEST_CASE("a record that is truncated, extended or impossible is not believed") {
  World world;
  world.poll(0, 0s, true, model::DeviceIdentity{"S-1", "1.0"});
  auto bytes = wire::encode_asset(world.record(0));
  REQUIRE(wire::decode_asset(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(wire::decode_asset(base::ByteView(bytes).first(size)));
  }
  auto longer = bytes;
  longer.push_back(0);
  CHECK_FALSE(wire::decode_asset(longer));
  bytes.back() = 7;  // neither on nor off nor unknown
  CHECK_FALSE(wire::decode_asset(bytes));
}
