// What happens when a device begins to answer: identity, set-up, firmware; and protocols of frames.
#include "poller_world.hpp"

namespace {

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using model::Quality;

// Registers that can be read and written; `read_only` refuses writes.
struct Registers {
  std::map<int, std::uint16_t> values;
  std::set<int> read_only;
  bool silent = false;
  std::vector<std::pair<int, std::uint16_t>> writes;
  std::vector<std::string> order;

  base::Result<ports::BusReply> operator()(const ports::BusRequest& request, microseconds& took) {
    took = silent ? request.timeout : milliseconds{5};
    if (silent) return silence();
    ports::BusReply reply;
    if (const auto* write = std::get_if<device::RegisterWrite>(&request.what)) {
      order.push_back("write " + std::to_string(write->first));
      if (read_only.contains(write->first)) return exception(2);
      for (std::size_t i = 0; i < write->values.size(); ++i) {
        values[write->first + static_cast<int>(i)] = write->values[i];
        writes.emplace_back(write->first + static_cast<int>(i), write->values[i]);
      }
      return reply;
    }
    const auto& block = std::get<device::RegisterBlock>(request.what);
    order.push_back("read " + std::to_string(block.first));
    for (int i = 0; i < block.count; ++i) reply.words.push_back(values[block.first + i]);
    return reply;
  }
};

device::Profile greeted() {
  device::Profile profile;
  profile.points = {point(0)};
  profile.points.push_back(point(50));
  profile.points.back().since_firmware = "10";
  profile.identity.serial = point(900);
  profile.identity.firmware = point(910);
  profile.setup.push_back({"watchdog", {device::RegisterKind::holding, 700, {30}, false}, "", "", true});
  profile.setup.push_back({"mode", {device::RegisterKind::holding, 710, {2}, false}, "", "", true});
  return profile;
}

}  // namespace

TEST_CASE("a device that begins to answer is asked who it is, set up, then polled") {
  Registers registers;
  registers.values = {{900, 4711}, {910, 9}, {710, 2}};
  PollerWorld world(std::ref(registers));
  world.add(greeted());
  world.start();
  world.time.run_for(milliseconds{500});
  CHECK(registers.order ==
        std::vector<std::string>{"read 900", "read 910", "read 700", "write 700", "read 710", "read 0"});
  REQUIRE_FALSE(world.sink.results.empty());
  std::optional<device::DeviceIdentity> identity;
  for (const auto& result : world.sink.results) {
    if (result.identity) identity = result.identity;
  }
  REQUIRE(identity);
  CHECK(*identity == device::DeviceIdentity{"4711", "9"});
  CHECK(world.sink.count(1, Quality::bad_configuration_error) == 1);  // since firmware 10
  CHECK(world.sink.results.back().counters.setup_writes == 1);
  CHECK(*world.sink.results.back().counters.parked == std::vector<std::string>{"r50 (not in firmware 9)"});

  // Away and back, with another firmware: greeted again, and only what changed is written.
  registers.silent = true;
  world.time.run_for(seconds{20});
  registers.silent = false;
  registers.values[910] = 10;
  registers.order.clear();
  world.time.run_for(seconds{15});
  CHECK(registers.writes.size() == 1);
  CHECK(std::ranges::count(registers.order, "read 910") == 1);
  CHECK(world.sink.count(1, Quality::good) > 5);
}

TEST_CASE("a set-up write that the device refuses is left out until it returns") {
  Registers registers;
  registers.read_only = {700};
  PollerWorld world(std::ref(registers));
  world.add(greeted());
  world.start();
  world.time.run_for(minutes{1});
  CHECK(std::ranges::count(registers.order, "write 700") == 1);
  CHECK(std::ranges::count(registers.order, "write 710") == 1);
  CHECK(world.sink.results.back().counters.refused_setup == 1);
  registers.silent = true;
  world.time.run_for(seconds{20});
  registers.silent = false;
  world.time.run_for(seconds{20});
  CHECK(std::ranges::count(registers.order, "write 700") == 2);
}

TEST_CASE("a device that is silent from the start is lost after three greetings, and greeted when it comes") {
  Registers registers;
  registers.silent = true;
  PollerWorld world(std::ref(registers));
  world.add(greeted());
  world.start();
  world.time.run_for(seconds{30});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
  registers.silent = false;
  world.time.run_for(seconds{11});
  CHECK(registers.writes.size() == 2);
  CHECK(world.sink.count(0, Quality::good) > 0);
}

TEST_CASE("a set-up write holds only where the option has its value") {
  device::Profile profile;
  profile.defaults = {{"mode", "a"}};
  profile.setup.push_back({"for a", {}, "mode", "a", true});
  profile.setup.push_back({"for b", {}, "mode", "b", true});
  profile.setup.push_back({"always", {}, "", "", true});
  CHECK(pipeline::setup_for(profile, {}).size() == 2);
  const auto for_b = pipeline::setup_for(profile, {{"mode", "b"}});
  REQUIRE(for_b.size() == 2);
  CHECK(for_b[0].title == "for b");
}

namespace {

const device::FrameProtocol kProtocol{"test", nullptr, nullptr};

// Asks three times in a turn; one point: how many frames came.
class Frames final : public device::Driver {
 public:
  explicit Frames(bool listen) : points_(1) {
    plan_.groups.push_back({seconds{1}, {}});
    plan_.protocol = &kProtocol;
    plan_.listen = listen;
  }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] std::optional<device::FrameRequest> next_frame(std::size_t, std::span<const base::Bytes> so_far,
                                                               const device::DriverState&) const override {
    if (so_far.size() >= most) return std::nullopt;
    return device::FrameRequest{base::Bytes{static_cast<std::uint8_t>(so_far.size())}};
  }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    return {{{0, static_cast<std::int64_t>(input.frames.size()), Quality::good}}, state};
  }
  std::size_t most = 3;

 private:
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

base::Result<ports::BusReply> frame_back(const ports::BusRequest&, microseconds& took) {
  took = milliseconds{10};
  return ports::BusReply{{}, {1, 2}, {}};
}

}  // namespace

TEST_CASE("a frame protocol is asked until it wants no more, then decoded once") {
  PollerWorld world(frame_back);
  world.add(std::make_unique<Frames>(false));
  world.start();
  world.time.run_for(milliseconds{500});
  CHECK(world.bus.seen.size() == 3);
  REQUIRE(world.sink.results.size() == 1);
  CHECK(world.sink.results[0].readings[0].value == model::Value(std::int64_t{3}));
}

TEST_CASE("an answer that breaks off is decoded as far as it came; nothing at all is a miss") {
  std::size_t left = 2;
  PollerWorld world([&left](const ports::BusRequest& request, microseconds& took) {
    if (left > 0) {
      --left;
      return frame_back(request, took);
    }
    took = milliseconds{100};
    return base::Result<ports::BusReply>(silence());
  });
  world.add(std::make_unique<Frames>(false));
  world.start();
  world.time.run_for(milliseconds{500});
  REQUIRE(world.sink.results.size() == 1);
  CHECK(world.sink.results[0].readings[0].value == model::Value(std::int64_t{2}));
  CHECK(world.sink.results[0].counters.failures == 0);
  world.time.run_for(seconds{10});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
  left = 1'000;
  world.time.run_for(seconds{11});
  CHECK(world.sink.results.back().counters.communicating);
}

namespace {

constexpr std::uint8_t kAsk = 1;
constexpr std::uint8_t kReset = 2;

// A link that must be set up again after three questions without an answer; its state counts them.
class Linked final : public device::Driver {
 public:
  Linked() : points_(1) {
    plan_.groups.push_back({seconds{1}, {}});
    plan_.protocol = &kProtocol;
  }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] std::optional<device::FrameRequest> next_frame(std::size_t, std::span<const base::Bytes> so_far,
                                                               const device::DriverState& state) const override {
    if (!so_far.empty()) return std::nullopt;
    return device::FrameRequest{base::Bytes{state.size() < 3 ? kAsk : kReset}};
  }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    device::Decoded out{{{0, std::int64_t{1}, Quality::good}}, {}};
    if (input.frames.empty()) out.state.assign(state.size() + 1, 0);
    return out;
  }

 private:
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

}  // namespace

TEST_CASE("a family is told of turns and probes without an answer, so that it can set its link up again") {
  bool linked = true;
  PollerWorld world([&linked](const ports::BusRequest& request, microseconds& took) {
    const bool reset = std::get<ports::FrameExchange>(request.what).send == base::Bytes{kReset};
    linked = linked || reset;
    took = milliseconds{100};
    return linked ? frame_back(request, took) : base::Result<ports::BusReply>(silence());
  });
  world.add(std::make_unique<Linked>());
  world.start();
  world.time.run_for(seconds{3});
  linked = false;  // it was switched off and on
  world.time.run_for(seconds{20});
  CHECK(linked);
  CHECK(world.sink.results.back().counters.communicating);
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
}

TEST_CASE("a driver that never ends asking is ended at 64 frames") {
  PollerWorld world(frame_back);
  auto driver = std::make_unique<Frames>(false);
  driver->most = 1'000'000;
  world.add(std::move(driver));
  world.start();
  world.time.run_for(milliseconds{900});
  CHECK(world.bus.seen.size() == 64);
}

TEST_CASE("a device that speaks by itself is heard at once, and lost after three periods of silence") {
  bool silent = false;
  PollerWorld world([&silent](const ports::BusRequest& request, microseconds& took) -> base::Result<ports::BusReply> {
    CHECK(std::get<ports::FrameExchange>(request.what).send.empty());
    took = silent ? request.timeout : milliseconds{700};
    if (silent) return silence();
    return ports::BusReply{{}, {1}, {}};
  });
  world.add(std::make_unique<Frames>(true));
  world.start();
  world.time.run_for(seconds{7});
  CHECK(world.sink.count(0, Quality::good) >= 9);
  silent = true;
  world.time.run_for(seconds{20});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
  silent = false;
  world.time.run_for(seconds{3});
  CHECK(world.sink.results.back().counters.communicating);
  CHECK(world.sink.statistics().dead_per_mille == 0);  // listening takes nobody's time
}

TEST_CASE("a line is found again although its only device has nothing to be asked at the moment") {
  bool away = false;
  PollerWorld world([&away](const ports::BusRequest& request, microseconds& took) {
    return away ? base::Result<ports::BusReply>(line_closed()) : frame_back(request, took);
  });
  auto driver = std::make_unique<Frames>(false);
  auto* asks = driver.get();
  world.add(std::move(driver));
  world.start();
  world.time.run_for(seconds{2});
  away = true;
  world.time.run_for(milliseconds{1100});
  asks->most = 0;
  world.time.run_for(seconds{30});
  asks->most = 1;
  away = false;
  world.time.run_for(seconds{12});
  CHECK(world.sink.results.back().counters.communicating);
}
