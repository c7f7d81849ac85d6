// The poller's devices side by side: one that is silent, one that refuses, one that is away with its line.
#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/poller.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

class OnePoint final : public device::Driver {
 public:
  OnePoint() : points_(1) { plan_.groups.push_back({seconds{1}, {{device::RegisterKind::holding, 0, 1}}}); }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    device::Decoded out;
    const auto words = input.image.words(device::RegisterKind::holding, 0, 1);
    if (words) out.samples.push_back({0, std::int64_t{(*words)[0]}, model::Quality::good});
    out.state = state;
    return out;
  }

 private:
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

// Answers after 10 ms, a silent unit after its timeout.
struct FakeBus final : ports::RegisterBus {
  explicit FakeBus(base::Scheduler& s) : home(s) {}
  void transact(const ports::BusRequest& request, Callback done) override {
    CHECK_FALSE(busy);  // at most one transaction is under way
    busy = true;
    reads.push_back({request.unit, home.now()});
    const bool silent = request.unit == silent_unit;
    const auto when = home.now() + (silent ? request.timeout : std::chrono::microseconds{milliseconds{10}});
    base::Result<ports::BusReply> reply = ports::BusReply{{7}, {}, when};
    if (silent) reply = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer in time"};
    home.post_at(when, [this, reply = std::move(reply), done = std::move(done)]() mutable {
      busy = false;
      done(std::move(reply));
    });
  }
  struct Read {
    int unit;
    base::BootTime at;
  };
  base::Scheduler& home;
  int silent_unit = 0;
  bool busy = false;
  std::vector<Read> reads;
};

struct Sink final : pipeline::PollSink {
  void polled(pipeline::PollResult result, base::Task taken) override {
    results.push_back(std::move(result));
    if (mode == 0) taken();
    if (mode == 1) held.push_back(std::move(taken));
  }
  int mode = 0;
  std::vector<base::Task> held;
  std::vector<pipeline::PollResult> results;
};

struct World {
  explicit World(std::uint8_t count) {
    base::log::set_level(base::log::Level::off);
    std::vector<pipeline::PolledDevice> devices;
    std::vector<std::size_t> indices;
    for (std::uint8_t unit = 1; unit <= count; ++unit) {
      devices.push_back(
          {model::DeviceId{"d"}, unit, std::make_unique<OnePoint>(), model::PointHandle{unit}, milliseconds{200}, {}});
      indices.push_back(unit);
    }
    poller = std::make_unique<pipeline::Poller>(std::move(devices), std::move(indices), base::BootId{}, bus, *home,
                                                *core, sink);
    home->post([this] { poller->start(); });
  }
  [[nodiscard]] std::size_t readings_of(std::size_t device, model::Quality quality) const {
    std::size_t count = 0;
    for (const auto& result : sink.results) {
      if (result.device != device) continue;
      for (const auto& reading : result.readings) count += reading.quality == quality ? 1U : 0U;
    }
    return count;
  }
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> home = time.make_scheduler();
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  FakeBus bus{*home};
  Sink sink;
  std::unique_ptr<pipeline::Poller> poller;
};

}  // namespace

TEST_CASE("turns skipped because core is behind are counted") {
  World world(1);
  world.sink.mode = 1;
  world.time.run_for(seconds{100});
  CHECK(world.sink.results.size() == 64);
  world.sink.mode = 0;
  for (auto& t : world.sink.held) t();
  world.time.run_for(seconds{3});
  CHECK(world.sink.results.back().missed_turns >= 30);
  CHECK(world.readings_of(1, model::Quality::good) >= 64);
}
