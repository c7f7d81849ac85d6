// The jobs of others on the bus: their order among the polls, their bounds and their ends.
#include "poller_world.hpp"

namespace {

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using pipeline::BusClass;

device::Profile one_point() {
  device::Profile profile;
  profile.points = {point(0)};
  return profile;
}

// Holds the bus for `span`, and writes its name down.
pipeline::BusJob job(PollerWorld& world, std::vector<std::string>& log, std::string name, BusClass priority,
                     microseconds span = milliseconds{10}, base::BootTime expires = base::BootTime::max()) {
  return {priority, expires,
          [&world, &log, name = std::move(name), span](base::Result<ports::RegisterBus*> bus, base::Task release) {
            if (bus.has_error()) {
              log.push_back(name + (bus.error().code == base::Errc::timeout     ? " timeout"
                                    : bus.error().code == base::Errc::full      ? " full"
                                    : bus.error().code == base::Errc::cancelled ? " cancelled"
                                                                                : " other"));
              return;
            }
            log.push_back(name);
            world.home->post_at(world.home->now() + span, [r = std::move(release)]() mutable { r(); });
          }};
}

}  // namespace

TEST_CASE("jobs go by class, then by deadline, one after another") {
  PollerWorld world;
  world.start();
  std::vector<std::string> log;
  const auto at = [](int s) { return base::BootTime{seconds{s}}; };
  world.poller->submit(job(world, log, "first", BusClass::technician, milliseconds{50}));
  world.time.run_for(milliseconds{1});
  world.poller->submit(job(world, log, "late-tech", BusClass::technician, milliseconds{10}, at(20)));
  world.poller->submit(job(world, log, "tech", BusClass::technician, milliseconds{10}, at(10)));
  world.poller->submit(job(world, log, "slow", BusClass::slow));
  world.poller->submit(job(world, log, "command", BusClass::command, milliseconds{10}, at(30)));
  world.time.run_for(seconds{1});
  CHECK(log == std::vector<std::string>{"first", "command", "tech", "late-tech", "slow"});
}

TEST_CASE("the 65th waiting job is refused, an expired one is told so, and those left at the end are cancelled") {
  PollerWorld world;
  world.add(one_point());
  world.start();
  std::vector<std::string> log;
  world.poller->submit(job(world, log, "holder", BusClass::technician, seconds{5}));
  world.time.run_for(milliseconds{1});
  world.poller->submit(job(world, log, "short", BusClass::command, {}, base::BootTime{seconds{2}}));
  for (int i = 0; i < 63; ++i) world.poller->submit(job(world, log, "waiting", BusClass::technician));
  world.poller->submit(job(world, log, "one-more", BusClass::command));
  world.time.run_for(seconds{1});
  CHECK(log == std::vector<std::string>{"holder", "one-more full"});
  world.time.run_for(milliseconds{1500});  // told while the bus is held
  CHECK(log.back() == "short timeout");
  world.home->post([&] { world.poller->stop(); });
  world.time.run_for(milliseconds{1});
  CHECK(std::ranges::count(log, "waiting cancelled") == 63);
  world.poller->submit(job(world, log, "after", BusClass::command));
  world.time.run_for(seconds{20});
  CHECK(log.back() == "after cancelled");
  CHECK(std::ranges::count(log, "waiting") == 0);
}

TEST_CASE("a job that forgets to let go does not hold the bus for ever") {
  PollerWorld world;
  world.add(one_point());
  world.start();
  world.poller->submit({BusClass::technician, base::BootTime::max(), [](auto, base::Task) {}});
  world.time.run_for(seconds{10});
  CHECK(world.bus.seen.size() >= 10);
}

TEST_CASE("a technician's scan slows polls down but stops none") {
  PollerWorld world;
  for (int n = 0; n < 4; ++n) world.add(one_point());
  world.start();
  std::function<void()> again = [&] {
    world.poller->submit({BusClass::technician, base::BootTime::max(), [&](auto bus, base::Task release) {
                            if (bus.has_error()) return;
                            world.home->post_at(world.home->now() + milliseconds{300},
                                                [&, r = std::move(release)]() mutable {
                                                  r();
                                                  again();
                                                });
                          }});
  };
  again();
  again();  // there is always one waiting
  world.time.run_for(minutes{1});
  for (int unit = 1; unit <= 4; ++unit) CHECK(world.bus.to(unit) >= 15);  // of 60: not over two periods late
  world.home->post([&] { world.poller->stop(); });
  world.time.run_for(seconds{1});
}

TEST_CASE("a command goes between two blocks of a poll, a technician after it") {
  PollerWorld world([](const ports::BusRequest& request, microseconds& took) {
    took = milliseconds{100};
    return healthy(request, took);
  });
  device::Profile profile;
  profile.points = {point(0), point(100), point(200)};
  world.add(profile);
  world.start();
  std::vector<std::string> log;
  world.time.run_for(milliseconds{50});
  world.poller->submit(job(world, log, "tech", BusClass::technician));
  world.poller->submit(job(world, log, "command", BusClass::command));
  world.time.run_for(milliseconds{120});
  CHECK(log == std::vector<std::string>{"command"});
  world.time.run_for(milliseconds{300});
  CHECK(log == std::vector<std::string>{"command", "tech"});
  CHECK(world.sink.results.size() == 1);
  CHECK(world.sink.results[0].readings.size() == 3);
}

TEST_CASE("points that rules use are asked for before others, and slow ones last") {
  PollerWorld world([](const ports::BusRequest& request, microseconds& took) {
    took = milliseconds{400};  // ten devices a second ask for four times the bus's time
    return healthy(request, took);
  });
  for (int n = 0; n < 10; ++n) world.add(one_point());
  world.devices[7].alarm_points = {true};
  world.start();
  world.time.run_for(minutes{2});
  for (int unit = 1; unit <= 10; ++unit) {
    if (unit == 8) CHECK(world.bus.to(unit) >= 110);
    if (unit != 8) CHECK(world.bus.to(unit) >= 12);  // every second turn is for what is late
  }
  const auto bus = world.sink.statistics();
  CHECK(bus.missed[pipeline::index(BusClass::normal)] > 0);
  CHECK(bus.turns[pipeline::index(BusClass::alarm)] >= 110);
}
