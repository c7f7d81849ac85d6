// What devices and lines do to the polls: silence, refusals, a line that is away, silence wanted, busy.
#include "poller_world.hpp"

namespace {

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using model::Quality;

device::Profile with_points(std::initializer_list<std::uint16_t> addresses, std::uint16_t hole = 0) {
  device::Profile profile;
  for (const auto address : addresses) profile.points.push_back(point(address));
  profile.max_hole = hole;
  return profile;
}

const device::RegisterBlock& block_of(const ScriptedBus::Seen& seen) {
  return std::get<device::RegisterBlock>(seen.request.what);
}

}  // namespace

TEST_CASE("four silent units of 32 at 9,600 baud leave the others 94 % of their rate") {
  // Ten registers: 47 ms an exchange; 32 units each 2 s are three quarters of the line.
  std::set<int> silent;
  const auto answer = [&silent](const ports::BusRequest& request, microseconds& took) {
    took = silent.contains(request.unit) ? request.timeout : microseconds{46'700};
    return silent.contains(request.unit) ? base::Result<ports::BusReply>(silence()) : healthy(request, took);
  };
  const auto run = [&] {
    PollerWorld world(answer);
    for (int n = 0; n < 32; ++n) {
      device::Profile profile;
      for (std::uint16_t a = 0; a < 10; ++a) profile.points.push_back(point(a));
      world.add(profile, seconds{2}).timeout = milliseconds{500};
    }
    world.start();
    world.time.run_for(minutes{20});
    std::size_t healthy_polls = 0;
    for (int unit = 1; unit <= 28; ++unit) healthy_polls += world.bus.to(unit);
    if (!silent.empty()) {
      CHECK(world.sink.statistics().dead_per_mille <= 60);
      for (const int unit : silent) CHECK(world.bus.to(unit) >= 20);  // still probed, each of them
    }
    return static_cast<double>(healthy_polls);
  };
  const double all_well = run();
  silent = {29, 30, 31, 32};
  CHECK(run() >= 0.94 * all_well);
}

TEST_CASE("a lost device comes back even on a bus that is never idle") {
  bool silent = true;
  PollerWorld world([&silent](const ports::BusRequest& request, microseconds& took) {
    const bool lost = request.unit == 1 && silent;
    took = lost ? milliseconds{100} : milliseconds{30};
    return lost ? base::Result<ports::BusReply>(silence()) : healthy(request, took);
  });
  world.add(with_points({0}));
  for (int n = 0; n < 20; ++n) world.add(with_points({0}), milliseconds{100});  // six times what the bus can
  world.start();
  world.time.run_for(minutes{2});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
  silent = false;
  world.time.run_for(minutes{2});
  CHECK(world.sink.count(0, Quality::good) > 0);
}

TEST_CASE("a probe asks for the smallest block, and the first answer brings all of them at once") {
  bool silent = true;
  PollerWorld world([&silent](const ports::BusRequest& request, microseconds& took) {
    took = silent ? milliseconds{100} : milliseconds{10};
    return silent ? base::Result<ports::BusReply>(silence()) : healthy(request, took);
  });
  auto profile = with_points({0, 1, 2, 500});
  profile.points.push_back(point(800));
  profile.points.back().period = std::chrono::hours{1};
  world.add(profile);
  world.start();
  world.time.run_for(minutes{5});
  CHECK(block_of(world.bus.seen.back()).count == 1);
  silent = false;
  world.time.run_for(seconds{11});
  CHECK(world.sink.count(0, Quality::good) >= 1);
  CHECK(world.sink.count(4, Quality::good) == 1);  // also what is due only once an hour
}

TEST_CASE("a read over a hole that the device refuses is cut, once and for all; nothing is lost") {
  const std::set<int> there{0, 1, 4, 5, 9};
  PollerWorld world([&there](const ports::BusRequest& request, microseconds& took) -> base::Result<ports::BusReply> {
    const auto& block = std::get<device::RegisterBlock>(request.what);
    for (int a = block.first; a < block.first + block.count; ++a) {
      if (!there.contains(a)) return exception(2);
    }
    return healthy(request, took);
  });
  world.add(with_points({0, 1, 4, 5, 9}, 5));
  world.start();
  world.time.run_for(milliseconds{100});
  for (std::uint32_t n = 0; n < 5; ++n) {
    CHECK(world.sink.count(n, Quality::good) == 1);
    CHECK(world.sink.count(n, Quality::bad_configuration_error) == 0);
  }
  const auto learning = world.bus.seen.size();
  world.time.run_for(seconds{10});
  CHECK(world.bus.seen.size() == learning + 30);  // three blocks each second, no refusals any more
}

TEST_CASE("a single register that is not there is parked alone, named, and asked for again after an hour") {
  bool upgraded = false;
  std::size_t refused = 0;
  PollerWorld world([&](const ports::BusRequest& request, microseconds& took) -> base::Result<ports::BusReply> {
    const auto& block = std::get<device::RegisterBlock>(request.what);
    if (!upgraded && block.first <= 2 && block.first + block.count > 2) {
      ++refused;
      return exception(2);
    }
    return healthy(request, took);
  });
  world.add(with_points({0, 1, 2, 3, 4}));
  world.start();
  world.time.run_for(seconds{30});
  CHECK(world.sink.count(2, Quality::bad_configuration_error) == 1);
  for (const std::uint32_t n : {0U, 1U, 3U, 4U}) CHECK(world.sink.count(n, Quality::good) >= 30);
  const auto& counters = world.sink.results.back().counters;
  REQUIRE(counters.parked);
  CHECK(*counters.parked == std::vector<std::string>{"r2 (refused)"});
  CHECK(counters.communicating);
  const auto before = refused;
  world.time.run_for(minutes{58});
  CHECK(refused == before);
  world.time.run_for(minutes{3});
  CHECK(refused == before + 1);
  upgraded = true;
  world.time.run_for(minutes{61});
  CHECK(world.sink.count(2, Quality::good) > 0);
  CHECK_FALSE(world.sink.results.back().counters.parked);
}

TEST_CASE("a device that refuses everything is alive, and noticed when it is not") {
  bool silent = false;
  PollerWorld world([&silent](const ports::BusRequest&, microseconds&) -> base::Result<ports::BusReply> {
    if (silent) return silence();
    return exception(1);
  });
  world.add(with_points({0, 1}));
  world.start();
  world.time.run_for(seconds{10});
  CHECK(world.sink.results.back().counters.communicating);
  silent = true;
  world.time.run_for(seconds{10});
  CHECK_FALSE(world.sink.results.back().counters.communicating);
}

TEST_CASE("a line that is away is one loss for all, and one request a back-off") {
  bool away = false;
  PollerWorld world([&away](const ports::BusRequest& request, microseconds& took) {
    return away ? base::Result<ports::BusReply>(line_closed()) : healthy(request, took);
  });
  for (int n = 0; n < 20; ++n) world.add(with_points({0}));
  world.start();
  world.time.run_for(seconds{3});
  away = true;
  const auto before = world.bus.seen.size();
  world.time.run_for(seconds{2});
  for (std::uint32_t n = 0; n < 20; ++n) CHECK(world.sink.count(1000 * n, Quality::bad_no_communication) == 1);
  world.time.run_for(seconds{58});
  CHECK(world.bus.seen.size() - before <= 16);
  away = false;
  world.time.run_for(seconds{11});
  std::size_t returned = 0;
  for (const auto& result : world.sink.results) returned += result.status_changed && result.counters.communicating;
  CHECK(returned == 40);  // the first answers, and the returns
  CHECK_FALSE(world.sink.statistics().line_away);
}

TEST_CASE("a line that the bus has opened again is tried at once, whatever the back-off") {
  bool away = true;
  PollerWorld world([&away](const ports::BusRequest& request, microseconds& took) {
    return away ? base::Result<ports::BusReply>(line_closed()) : healthy(request, took);
  });
  world.add(with_points({0}));
  world.start();
  world.time.run_for(minutes{5});
  away = false;
  ++world.bus.told.opens;
  world.time.run_for(seconds{1});
  CHECK(world.sink.results.back().counters.communicating);
}

TEST_CASE("one closed connection is opened again without a word to the points") {
  int failures = 0;
  PollerWorld world([&failures](const ports::BusRequest& request, microseconds& took) {
    return failures-- > 0 ? base::Result<ports::BusReply>(line_closed()) : healthy(request, took);
  });
  world.add(with_points({0}));
  world.start();
  world.time.run_for(seconds{2});
  failures = 2;
  world.time.run_for(seconds{10});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 0);
  CHECK(world.sink.count(0, Quality::good) >= 11);
}

TEST_CASE("a line that goes while nothing is asked is a loss within a second, however slow its devices are polled") {
  bool away = false;
  PollerWorld world([&away](const ports::BusRequest& request, microseconds& took) {
    return away ? base::Result<ports::BusReply>(line_closed()) : healthy(request, took);
  });
  world.add(with_points({0}), std::chrono::hours{1});
  world.add(with_points({0}), std::chrono::hours{1});
  world.start();
  world.time.run_for(minutes{1});
  REQUIRE(world.bus.lost);
  const auto before = world.bus.seen.size();
  away = true;
  const auto tell = [&world] { world.home->post([&world] { world.bus.lost(line_closed()); }); };
  SECTION("it stays away") {
    tell();
    world.time.run_for(milliseconds{1100});
    for (const std::uint32_t n : {0U, 1000U}) CHECK(world.sink.count(n, Quality::bad_no_communication) == 1);
    CHECK(world.sink.statistics().line_away);
    CHECK_FALSE(world.sink.results.back().counters.communicating);
    tell();  // again: it could not be opened
    world.time.run_for(minutes{1});
    CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
    // What was asked in vain is counted, and not more failures than polls.
    const auto& counters = world.sink.results.back().counters;
    CHECK(counters.failures > 0);
    CHECK(counters.failures < counters.polls);
    away = false;
    ++world.bus.told.opens;
    world.time.run_for(seconds{1});
    CHECK(world.sink.results.back().counters.communicating);
    CHECK(world.sink.count(0, Quality::good) == 2);
    CHECK_FALSE(world.sink.statistics().line_away);
  }
  SECTION("it is opened again at once, and nothing is asked or told") {
    tell();
    world.time.run_for(milliseconds{300});
    ++world.bus.told.opens;
    away = false;
    world.time.run_for(minutes{10});
    CHECK(world.bus.seen.size() == before);
    CHECK(world.sink.count(0, Quality::bad_no_communication) == 0);
  }
}

TEST_CASE("a poll says when it was due, also when it began late; a device that comes back was due just then") {
  bool slow = true;
  PollerWorld world([&slow](const ports::BusRequest& request, microseconds& took) {
    took = slow && request.unit == 1 ? milliseconds{700} : milliseconds{1};
    return healthy(request, took);
  });
  world.add(with_points({0}), seconds{10}).timeout = seconds{1};
  world.add(with_points({0}), milliseconds{200});
  world.start();
  world.time.run_for(seconds{31});
  microseconds worst{};
  for (const auto& result : world.sink.results) {
    REQUIRE(result.due);
    CHECK(*result.due <= result.at);
    if (result.device == 1) worst = std::max(worst, result.at - *result.due);
  }
  CHECK(worst >= milliseconds{400});
  CHECK(worst <= milliseconds{710});
}

TEST_CASE("busy is asked again soon, and is no miss") {
  int busy = 2;
  PollerWorld world([&busy](const ports::BusRequest& request, microseconds& took) {
    return busy-- > 0 ? base::Result<ports::BusReply>(exception(6)) : healthy(request, took);
  });
  world.add(with_points({0}));
  world.start();
  world.time.run_for(milliseconds{300});
  CHECK(world.bus.seen.size() == 3);
  CHECK(world.sink.count(0, Quality::good) == 1);
  CHECK(world.sink.results.back().counters.failures == 0);
  busy = 1'000'000;
  world.time.run_for(seconds{20});
  CHECK(world.bus.seen.size() <= 3 + 20 * 4 + 1);  // bounded
  CHECK(world.sink.count(0, Quality::bad_device_failure) == 1);
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 0);
}

TEST_CASE("a device's wish for silence after its answer is kept before any next request") {
  PollerWorld world;
  auto profile = with_points({0, 100, 200});
  profile.quiet = milliseconds{40};
  world.add(profile);
  world.add(with_points({0}), milliseconds{50});
  world.start();
  world.time.run_for(seconds{20});
  for (std::size_t i = 1; i < world.bus.seen.size(); ++i) {
    const bool after_quiet_one = world.bus.seen[i - 1].request.unit == 1;
    if (after_quiet_one) CHECK(world.bus.seen[i].at - world.bus.seen[i - 1].at >= milliseconds{41});
  }
  CHECK(world.bus.to(1) >= 57);
}

TEST_CASE("an answer of the wrong size is an error, not a crash") {
  PollerWorld world([](const ports::BusRequest&, microseconds&) { return ports::BusReply{{1}, {}, {}}; });
  world.add(with_points({0, 1, 2}));
  world.start();
  world.time.run_for(seconds{5});
  CHECK(world.sink.count(0, Quality::bad_no_communication) == 1);
}

TEST_CASE("1,000 points at 1 s and 50 at 100 ms begin on time but for the bus's own waiting") {
  PollerWorld world([](const ports::BusRequest& request, microseconds& took) {
    took = microseconds{400};
    return healthy(request, took);
  });
  for (int n = 0; n < 200; ++n) {
    auto profile = with_points({0, 100, 200, 300, 400});
    if (n % 4 == 0) {
      profile.points.push_back(point(500));
      profile.points.back().period = milliseconds{100};
    }
    world.add(profile);
  }
  world.start();
  world.time.run_for(minutes{1});
  const auto bus = world.sink.statistics();
  CHECK(bus.own_p99 <= milliseconds{5});
  CHECK(bus.start_p99 <= milliseconds{15});
}

TEST_CASE("on a line where nobody answers the budget keeps nobody waiting, nor after the first one is back") {
  bool silent = false;
  PollerWorld world([&silent](const ports::BusRequest& request, microseconds& took) {
    took = silent ? request.timeout : milliseconds{10};
    return silent ? base::Result<ports::BusReply>(silence()) : healthy(request, took);
  });
  for (int n = 0; n < 6; ++n) world.add(with_points({0})).timeout = milliseconds{500};
  world.start();
  world.time.run_for(seconds{5});
  silent = true;
  world.time.run_for(minutes{10});
  silent = false;
  world.time.run_for(seconds{14});  // the longest pause and a round of the last silences
  for (std::uint32_t n = 0; n < 6; ++n) {
    const auto& results = world.sink.results;
    const auto last = std::ranges::find(results.rbegin(), results.rend(), n, &pipeline::PollResult::device);
    REQUIRE(last != results.rend());
    CHECK(last->counters.communicating);
  }
}

TEST_CASE("a segment that comes back beside healthy devices is not kept waiting by its own outage") {
  bool silent = false;
  PollerWorld world([&silent](const ports::BusRequest& request, microseconds& took) {
    const bool lost = silent && request.unit > 1;
    took = lost ? request.timeout : milliseconds{10};
    return lost ? base::Result<ports::BusReply>(silence()) : healthy(request, took);
  });
  for (int n = 0; n < 20; ++n) world.add(with_points({0})).timeout = milliseconds{500};
  world.start();
  world.time.run_for(seconds{5});
  silent = true;
  world.time.run_for(minutes{30});
  silent = false;
  world.time.run_for(seconds{25});  // one probe that is still owed for, then all of them: answers cost nothing
  std::set<std::size_t> back;
  for (const auto& result : world.sink.results) {
    if (result.at > base::BootTime{minutes{30}} + seconds{5} && result.counters.communicating)
      back.insert(result.device);
  }
  CHECK(back.size() == 20);
}
