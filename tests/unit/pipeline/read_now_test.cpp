// A person's read of a device: what is asked, between the polls, and what comes back.
#include "pipeline/read_now.hpp"

#include "poller_world.hpp"

namespace {

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using pipeline::ReadNow;

device::Profile three_points() {
  device::Profile profile;
  profile.points = {point(0), point(1), point(2)};
  return profile;
}

// Each register holds its own address times ten.
base::Result<ports::BusReply> tens(const ports::BusRequest& request, microseconds& /*took*/) {
  ports::BusReply reply;
  const auto& block = std::get<device::RegisterBlock>(request.what);
  for (std::uint16_t i = 0; i < block.count; ++i)
    reply.words.push_back(static_cast<std::uint16_t>(10 * (block.first + i)));
  return reply;
}

struct ReadWorld : PollerWorld {
  explicit ReadWorld(ScriptedBus::Answer answer = tens, device::Profile profile = three_points())
      : PollerWorld(std::move(answer)), device(profile, seconds{60}) {
    add(profile, seconds{60});
    start();
    time.run_for(seconds{5});  // greeted, polled once, at rest for most of a minute
    bus.seen.clear();
  }
  base::Result<ReadNow> read(std::optional<std::uint32_t> wanted, seconds within = seconds{5}) {
    std::optional<base::Result<ReadNow>> out;
    pipeline::read_now({{&device, {}, {}, 1, milliseconds{100}}, poller.get(), home.get(), core.get()}, wanted, within,
                       [&out](base::Result<ReadNow> result) { out = std::move(result); });
    time.run_for(within + seconds{1});
    REQUIRE(out);
    return std::move(*out);
  }
  ProfileDriver device;
};

}  // namespace

TEST_CASE("a read of one point asks for its own registers and gives its value") {
  ReadWorld world;
  const auto got = world.read(1);
  REQUIRE(got.has_value());
  REQUIRE(got->samples.size() == 1);
  CHECK(got->samples[0].point == 1);
  CHECK(got->samples[0].value == model::Value{std::int64_t{10}});
  REQUIRE(world.bus.seen.size() == 1);
  CHECK(std::get<device::RegisterBlock>(world.bus.seen[0].request.what) ==
        device::RegisterBlock{device::RegisterKind::holding, 1, 1});
}

TEST_CASE("a read of all points gives each once") {
  ReadWorld world;
  const auto got = world.read({});
  REQUIRE(got.has_value());
  CHECK(got->samples.size() == 3);
  CHECK(got->at > base::BootTime{});
}

TEST_CASE("a silent device is told as such, and the bus is let go") {
  bool silent = false;
  ReadWorld world([&silent](const ports::BusRequest& request, microseconds& took) {
    return silent ? base::Result<ports::BusReply>(silence()) : tens(request, took);
  });
  silent = true;
  const auto got = world.read(0);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == base::Errc::timeout);
  silent = false;
  CHECK(world.read(0).has_value());
}

TEST_CASE("of a block that the device refuses the points are asked for one by one, and those that it has are given") {
  bool whole = true;
  ReadWorld world([&whole](const ports::BusRequest& request, microseconds& took) {
    const auto& block = std::get<device::RegisterBlock>(request.what);
    const bool has_the_hole = block.first <= 1 && block.first + block.count > 1;
    return !whole && has_the_hole ? base::Result<ports::BusReply>(exception(2)) : tens(request, took);
  });
  whole = false;
  const auto got = world.read({});
  REQUIRE(got.has_value());
  REQUIRE(got->samples.size() == 2);
  CHECK(got->samples[0].point == 0);
  CHECK(got->samples[1].point == 2);
  CHECK(world.read(1).has_error());
}

TEST_CASE("a device that refuses everything is told so") {
  bool refuses = false;
  ReadWorld world([&refuses](const ports::BusRequest& request, microseconds& took) {
    return refuses ? base::Result<ports::BusReply>(exception(1)) : tens(request, took);
  });
  refuses = true;
  const auto got = world.read({});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().what.find("refuses all") != std::string::npos);
}

TEST_CASE("each exchange of a read of many has its own time to wait: a slow device is read to its end") {
  device::Profile profile;
  for (std::uint16_t i = 0; i < 8; ++i) profile.points.push_back(point(static_cast<std::uint16_t>(100 * i)));
  bool slow = false;
  ReadWorld world(
      [&slow](const ports::BusRequest& request, microseconds& took) {
        if (slow) took = seconds{1};
        return tens(request, took);
      },
      profile);
  slow = true;
  std::optional<base::Result<ReadNow>> got;
  pipeline::read_now({{&world.device, {}, {}, 1, seconds{2}}, world.poller.get(), world.home.get(), world.core.get()},
                     {}, seconds{3}, [&got](base::Result<ReadNow> result) { got = std::move(result); });
  world.time.run_for(seconds{30});
  REQUIRE(got);
  REQUIRE(got->has_value());
  CHECK((*got)->samples.size() == 8);
}

TEST_CASE("a read whose turn does not come in time is told so") {
  ReadWorld world;
  world.poller->submit({pipeline::BusClass::command, base::BootTime::max(),
                        [&world](base::Result<ports::RegisterBus*>, base::Task release) {
                          world.home->post_at(world.home->now() + seconds{8},
                                              [r = std::move(release)]() mutable { r(); });
                        }});
  const auto got = world.read(0, seconds{2});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == base::Errc::timeout);
  CHECK(world.bus.seen.empty());
}
