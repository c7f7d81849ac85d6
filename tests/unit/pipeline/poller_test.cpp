#include "pipeline/poller.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

// Two points, each in a block of its own.
class TwoPoints final : public device::Driver {
 public:
  TwoPoints() : points_(2) {
    points_[1].address = 100;
    plan_.groups.push_back(
        {seconds{1}, {{device::RegisterKind::holding, 0, 1}, {device::RegisterKind::holding, 100, 1}}});
  }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    device::Decoded out;
    for (std::uint32_t n = 0; n < 2; ++n) {
      const auto words = input.image.words(device::RegisterKind::holding, points_[n].address, 1);
      if (words) out.samples.push_back({n, std::int64_t{(*words)[0]}, model::Quality::good});
    }
    out.state = state;
    out.state.push_back(1);
    return out;
  }

 private:
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

struct FakeBus final : ports::RegisterBus {
  explicit FakeBus(base::Scheduler& s) : home(s) {}
  void transact(const ports::BusRequest& request, Callback done) override {
    ++reads;
    base::Result<ports::BusReply> reply = ports::BusReply{{7}, {}, home.now()};
    if (failing) {
      reply = base::Error{base::Errc::exception_reply, base::Consequence::retry_later, "exception: failure", 4};
    }
    if (silent) reply = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer in time"};
    if (std::get<device::RegisterBlock>(request.what).first == refused) {
      reply = base::Error{base::Errc::exception_reply, base::Consequence::skip_point, "no such register", 2};
    }
    home.post([reply = std::move(reply), done = std::move(done)]() mutable { done(std::move(reply)); });
  }
  base::Scheduler& home;
  bool silent = false;
  bool failing = false;
  int refused = -1;
  int reads = 0;
};

struct Sink final : pipeline::PollSink {
  void polled(pipeline::PollResult result, base::Task taken) override {
    results.push_back(std::move(result));
    if (holds_back) {
      held.push_back(std::move(taken));
    } else {
      taken();
    }
  }
  std::vector<pipeline::PollResult> results;
  std::vector<base::Task> held;
  bool holds_back = false;
};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    std::vector<pipeline::PolledDevice> devices;
    devices.push_back(
        {model::DeviceId{"d-1"}, 1, std::make_unique<TwoPoints>(), model::PointHandle{10}, milliseconds{100}, {}});
    poller = std::make_unique<pipeline::Poller>(std::move(devices), std::vector<std::size_t>{4}, base::BootId{}, bus,
                                                *home, *core, sink);
    home->post([this] { poller->start(); });
  }
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> home = time.make_scheduler();
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  FakeBus bus{*home};
  Sink sink;
  std::unique_ptr<pipeline::Poller> poller;
};

}  // namespace

TEST_CASE("a poll gives the readings of one instant, with the gateway's handles, and the driver's state") {
  World world;
  world.time.run_for(milliseconds{10});
  REQUIRE(world.sink.results.size() == 1);
  const auto& result = world.sink.results[0];
  CHECK(result.device == 4);
  REQUIRE(result.readings.size() == 2);
  CHECK(result.readings[1].point == model::PointHandle{11});
  CHECK(result.readings[0].at == result.readings[1].at);
  CHECK(result.status_changed);
  CHECK(result.state == base::Bytes{1});
}

TEST_CASE("a silent device is marked lost after three missed polls: its points turn bad once, without a value") {
  World world;
  world.bus.silent = true;
  world.time.run_for(milliseconds{1900});
  for (const auto& result : world.sink.results) CHECK(result.readings.empty());
  world.time.run_for(seconds{300});
  std::size_t bad = 0;
  for (const auto& result : world.sink.results) {
    for (const auto& reading : result.readings) {
      CHECK(reading.quality == model::Quality::bad_no_communication);
      CHECK(std::holds_alternative<std::monostate>(reading.value));
      ++bad;
    }
  }
  CHECK(bad == 2);
  CHECK(world.bus.reads < 60);  // probed with a back-off of up to ten seconds, not polled every second
  CHECK_FALSE(world.sink.results.back().counters.communicating);

  world.bus.silent = false;
  world.time.run_for(seconds{11});
  CHECK(world.sink.results.back().counters.communicating);
  CHECK(world.sink.results.back().readings.size() == 2);
}

TEST_CASE("a register that the device does not have is bad alone: the rest goes on") {
  World world;
  world.bus.refused = 100;
  world.time.run_for(milliseconds{10});
  REQUIRE(world.sink.results.size() == 1);
  const auto& readings = world.sink.results[0].readings;
  REQUIRE(readings.size() == 2);
  CHECK(readings[0].quality == model::Quality::good);
  CHECK(readings[1].quality == model::Quality::bad_configuration_error);
  CHECK(world.sink.results[0].counters.communicating);
}

TEST_CASE("when core is behind, polls are skipped and what waits stays bounded") {
  World world;
  world.sink.holds_back = true;
  world.time.run_for(seconds{200});
  CHECK(world.sink.results.size() == 64);
  for (auto& taken : world.sink.held) taken();
  world.sink.held.clear();
  world.time.run_for(seconds{3});
  CHECK(world.sink.results.size() > 64);
}

TEST_CASE("a device that answers with failures is alive: its points turn bad, and it is polled on") {
  World world;
  world.time.run_for(milliseconds{10});
  world.bus.failing = true;
  world.time.run_for(seconds{10});
  std::size_t bad = 0;
  for (const auto& result : world.sink.results) {
    for (const auto& reading : result.readings) bad += reading.quality == model::Quality::bad_device_failure ? 1U : 0U;
  }
  CHECK(bad == 2);
  CHECK(world.sink.results.size() >= 10);
  CHECK(world.sink.results.back().counters.communicating);
  world.bus.silent = true;
  world.time.run_for(seconds{5});
  CHECK_FALSE(world.sink.results.back().counters.communicating);
}
