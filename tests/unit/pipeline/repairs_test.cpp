// Self-repair: what a rule's actions do about its alarm, and that they never do too much.
#include "pipeline/repairs.hpp"

#include "command_world.hpp"

using namespace wayside;         // NOLINT(google-build-using-namespace)
using namespace wayside::tests;  // NOLINT(google-build-using-namespace)
using model::AlarmState;
using model::RepairStep;

namespace {

constexpr const char* kAlarm = "lighting/Dark lamp-1";

class Calendar final : public rules::SiteTime {
 public:
  std::optional<rules::SiteDate> at(base::BootTime instant) const override {
    if (!trusted) return std::nullopt;
    const auto s = base::to_us(instant) / 1'000'000 + start;
    return rules::SiteDate{s, s};
  }
  bool trusted = true;
  std::int64_t start = 0;  // seconds since 1970 at the boot
};

class RepairWorld : public CommandWorld {
 public:
  explicit RepairWorld(model::RepairSpec spec, Setup setup = {}) : CommandWorld(std::move(setup)) {
    spec.tries = spec.tries == 0 ? 3 : spec.tries;
    pipeline::Repair repair{kAlarm, std::move(spec), model::DeviceId{"relay-1"}, "relay-1", {}};
    if (repair.spec.kind == model::RepairKind::light_plan) repair.point = "level";
    if (repair.spec.kind == model::RepairKind::set_up) repair.point.clear();
    repairs = std::make_unique<pipeline::Repairs>(
        pipeline::Repairs::Parts{{repair},
                                 *commander,
                                 *judge,
                                 *recorder,
                                 *rules,
                                 calendar,
                                 std::nullopt,
                                 points,
                                 time.boot_id(),
                                 *core,
                                 [this](const model::DeviceId& device, pipeline::Repairs::SetUpDone done) {
                                   set_up.push_back(device.value);
                                   core->post([done = std::move(done)]() mutable { done(base::Result<void>{}); });
                                 },
                                 entries("repair")});
    repairs->start();
  }
  void go(AlarmState from, AlarmState to, model::TransitionCause cause = model::TransitionCause::condition) {
    model::AlarmTransition transition;
    transition.alarm = kAlarm;
    transition.from = from;
    transition.to = to;
    transition.cause = cause;
    repairs->saw(transition);
    recorder->end_instant();
  }
  void raise() { go(AlarmState::normal, AlarmState::raised); }
  void clear() { go(AlarmState::raised, AlarmState::normal, model::TransitionCause::cleared); }
  std::vector<model::RepairReport> reports() const { return told<model::RepairReport>(); }

  Calendar calendar;
  std::vector<std::string> set_up;
  std::unique_ptr<pipeline::Repairs> repairs;
};

model::RepairSpec command(std::string value = "on") {
  model::RepairSpec spec;
  spec.value = std::move(value);
  return spec;
}

model::RepairSpec power_cycle() {
  model::RepairSpec spec;
  spec.kind = model::RepairKind::power_cycle;
  spec.off = "off";
  spec.value = "on";
  spec.off_for = 10s;
  return spec;
}

using Writes = std::vector<std::pair<std::uint16_t, std::uint16_t>>;

}  // namespace

TEST_CASE("an alarm that is raised gives its command once, and what came of it is told") {
  RepairWorld world(command());
  world.raise();
  world.time.run_for(5s);
  CHECK(world.bus.written == Writes{{0, 1}});
  REQUIRE(world.reports().size() == 1);
  const auto report = world.reports()[0];
  CHECK(report.step == RepairStep::done);
  CHECK(report.alarm == kAlarm);
  CHECK(report.action == "command relay-1.relay-1 = on");
  CHECK(report.attempt == 1);
  CHECK(report.tries == 3);
  const auto commands = world.told<model::CommandResult>();
  REQUIRE(commands.size() == 1);
  CHECK(commands[0].origin == model::CommandOrigin::rule);
  CHECK(commands[0].by == "rule lighting/Dark");
  CHECK(report.command == commands[0].id);
  world.time.run_for(2h);
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("a hidden alarm repairs nothing, and begins when it is shown") {
  RepairWorld world(command());
  world.go(AlarmState::normal, AlarmState::suppressed);
  world.time.run_for(1min);
  CHECK(world.bus.written.empty());
  world.go(AlarmState::suppressed, AlarmState::raised, model::TransitionCause::unsuppressed);
  world.time.run_for(1min);
  CHECK(world.bus.written.size() == 1);
  world.go(AlarmState::raised, AlarmState::acknowledged, model::TransitionCause::acknowledged);
  world.time.run_for(1min);
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("an action on clear waits for the end of the alarm") {
  auto spec = command("off");
  spec.on_clear = true;
  RepairWorld world(spec);
  world.raise();
  world.time.run_for(1min);
  CHECK(world.bus.written.empty());
  world.clear();
  world.time.run_for(1min);
  CHECK(world.bus.written == Writes{{0, 0}});
}

TEST_CASE("while the alarm stands it is tried again, and never more often than it may be") {
  auto spec = command();
  spec.again_after = 5min;
  spec.tries = 3;
  spec.within = 1h;
  RepairWorld world(spec);
  world.bus.takes_effect = false;
  world.raise();
  world.time.run_for(59min);
  CHECK(world.bus.written.size() == 3);
  REQUIRE(world.reports().size() == 4);
  CHECK(world.reports()[2].step == RepairStep::failed);
  CHECK(world.reports()[2].attempt == 3);
  CHECK(world.reports()[3].step == RepairStep::given_up);
  // The first is an hour ago: one more each time that one of them is.
  world.time.run_for(7h);
  CHECK(world.bus.written.size() > 20);
  CHECK(world.bus.written.size() <= 24);
  CHECK(std::ranges::count(world.reports(), RepairStep::given_up, &model::RepairReport::step) == 1);
  world.clear();
  const auto before = world.bus.written.size();
  world.time.run_for(3h);
  CHECK(world.bus.written.size() <= before + 1);
}

TEST_CASE("an alarm that flaps has no more tries than one that stands") {
  RepairWorld world(command());
  for (int i = 0; i < 20; ++i) {
    world.raise();
    world.time.run_for(1min);
    world.clear();
    world.time.run_for(1min);
  }
  CHECK(world.bus.written.size() == 3);
}

TEST_CASE("nothing is tried while a technician holds the device") {
  RepairWorld world(command());
  world.commander->hold(model::DeviceId{"relay-1"}, {"uid 7", "Li Wei"}, 30min,
                        [](const auto& held) { CHECK(held.has_value()); });
  world.time.run_for(1s);
  world.raise();
  world.time.run_for(29min);
  CHECK(world.bus.written.empty());
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::deferred);
  CHECK(world.reports()[0].reason.find("Li Wei") != std::string::npos);
  CHECK(world.reports()[0].attempt == 0);
  world.time.run_for(2min);
  CHECK(world.bus.written.size() == 1);
  CHECK(world.reports().back().step == RepairStep::done);
}

TEST_CASE("what an interlock forbids is refused, told and counted") {
  RepairWorld world(command(), [] {
    CommandWorld::Setup setup;
    setup.interlock = "level < 10";
    return setup;
  }());
  world.put("relay-1", "level", 50.0);
  world.raise();
  world.time.run_for(5s);
  CHECK(world.bus.written.empty());
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::refused);
}

TEST_CASE("a power cycle switches off, waits, and on again") {
  RepairWorld world(power_cycle());
  world.raise();
  world.time.run_for(9s);
  CHECK(world.bus.written == Writes{{0, 0}});
  CHECK(world.reports().empty());
  world.time.run_for(10s);
  CHECK(world.bus.written == Writes{{0, 0}, {0, 1}});
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::done);
}

TEST_CASE("a power cycle goes on after the alarm has ended") {
  RepairWorld world(power_cycle());
  world.raise();
  world.time.run_for(5s);
  world.clear();
  world.time.run_for(30s);
  CHECK(world.bus.written == Writes{{0, 0}, {0, 1}});
}

TEST_CASE("what is off is switched on as often as it takes") {
  RepairWorld world(power_cycle());
  world.raise();
  world.time.run_for(5s);
  world.queue.error = base::Error{base::Errc::timeout, base::Consequence::drop_record, "no answer"};
  world.time.run_for(10min);
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::failed);
  CHECK(world.reports()[0].reason.find("may still be off") != std::string::npos);
  world.queue.error.reset();
  world.time.run_for(20min);
  CHECK(world.bus.written == Writes{{0, 0}, {0, 1}});
  CHECK(world.reports().size() == 2);
  CHECK(world.reports()[1].reason.find("on again") != std::string::npos);
}

TEST_CASE("a gateway that ends while it is off switches on at the next start") {
  CommandWorld::State state;
  {
    RepairWorld world(power_cycle());
    world.raise();
    world.time.run_for(5s);
    CHECK(world.bus.written == Writes{{0, 0}});
    state = world.outbox.state;
  }
  CommandWorld::Setup setup;
  setup.state = state;
  setup.seed = 2;
  setup.boot[0] = 1;
  RepairWorld world(power_cycle(), setup);
  world.time.run_for(10s);
  CHECK(world.bus.written == Writes{{0, 1}});
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::interrupted);
  // The try counts, as if it had been made just now.
  for (int i = 0; i < 4; ++i) {
    world.raise();
    world.time.run_for(2min);
    world.clear();
  }
  CHECK(world.bus.written.size() == 1 + 2 * 2);
}

TEST_CASE("a try under way when the gateway ended is told as interrupted, and not made again") {
  CommandWorld::State state;
  {
    RepairWorld world(command());
    world.queue.closed = true;
    world.raise();
    world.time.run_for(1s);
    state = world.outbox.state;
  }
  CommandWorld::Setup setup;
  setup.state = state;
  setup.seed = 2;
  RepairWorld world(command(), setup);
  world.time.run_for(1min);
  CHECK(world.bus.written.empty());
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::interrupted);
}

TEST_CASE("nothing is done while the disk takes no journal") {
  RepairWorld world(command());
  world.outbox.failing = true;
  world.raise();
  world.time.run_for(10s);
  CHECK(world.bus.written.empty());
}

TEST_CASE("a set-up is run anew") {
  model::RepairSpec spec;
  spec.kind = model::RepairKind::set_up;
  RepairWorld world(spec);
  world.raise();
  world.time.run_for(1s);
  CHECK(world.set_up == std::vector<std::string>{"relay-1"});
  REQUIRE(world.reports().size() == 1);
  CHECK(world.reports()[0].step == RepairStep::done);
  CHECK(world.reports()[0].action == "set_up relay-1");
}

TEST_CASE("a light plan is followed while its alarm stands") {
  using From = model::PlanStep::From;
  model::RepairSpec spec;
  spec.kind = model::RepairKind::light_plan;
  spec.plan = {{From::clock, 18 * 60, "80"}, {From::clock, 23 * 60, "40"}, {From::clock, 6 * 60, "0"}};
  spec.afterwards = "100";
  spec.again_after = 1min;
  spec.tries = 12;
  CommandWorld::Setup setup;
  setup.max_per_minute = 60;
  RepairWorld world(spec, setup);
  world.calendar.start = 20 * 3600;
  world.raise();
  world.time.run_for(1min);
  CHECK(world.bus.written == Writes{{10, 80}});
  world.time.run_for(3h);
  CHECK(world.bus.written == Writes{{10, 80}, {10, 40}});
  world.time.run_for(8h);
  CHECK(world.bus.written == Writes{{10, 80}, {10, 40}, {10, 0}});
  world.clear();
  world.time.run_for(1h);
  CHECK(world.bus.written == Writes{{10, 80}, {10, 40}, {10, 0}, {10, 100}});
  world.time.run_for(12h);
  CHECK(world.bus.written.size() == 4);
  CHECK(world.reports().size() == 4);
}

TEST_CASE("without a clock a light plan stands at its first step") {
  using From = model::PlanStep::From;
  model::RepairSpec spec;
  spec.kind = model::RepairKind::light_plan;
  spec.plan = {{From::clock, 18 * 60, "80"}, {From::clock, 6 * 60, "0"}};
  spec.again_after = 1min;
  RepairWorld world(spec);
  world.calendar.start = 12 * 3600;
  world.calendar.trusted = false;
  world.raise();
  world.time.run_for(5min);
  CHECK(world.bus.written == Writes{{10, 80}});
  world.calendar.trusted = true;
  world.time.run_for(5min);
  CHECK(world.bus.written == Writes{{10, 80}, {10, 0}});
}
