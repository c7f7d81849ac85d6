#include "pipeline/alarm_watch.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/alarm_times.hpp"
#include "pipeline/judge.hpp"
#include "support/catch.hpp"
#include "support/memory_outbox.hpp"

namespace {

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using model::AlarmState;
using model::AlarmVerb;
using Cause = model::TransitionCause;

// A machine: its boots have clocks that begin at zero, and one wall clock that may not be trusted yet.
struct Machine final : base::Clock {
  base::BootTime boot_now() const override { return now; }
  base::WallTime wall_now() const override { return booted + now.time_since_epoch(); }
  bool wall_trusted() const override { return trusted; }
  std::chrono::microseconds wall_uncertainty() const override { return 1ms; }
  base::BootId boot_id() const override { return {boot}; }

  void reboot(std::chrono::microseconds off, bool clock) {
    booted = wall_now() + off;
    now = base::BootTime{} + 10s;
    ++boot;
    trusted = clock;
  }

  base::BootTime now = base::BootTime{} + 100s;
  base::WallTime booted{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
  std::uint8_t boot = 1;
  bool trusted = true;
};

model::AlarmRecord shelved_for(std::chrono::microseconds span, const Machine& machine) {
  model::AlarmRecord record;
  record.alarm = "g/r d";
  record.state = AlarmState::shelved;
  record.live = AlarmState::raised;
  record.shelved = true;
  record.boot = machine.boot_id();
  record.at = machine.now;
  record.active_since = record.base = machine.now - 60s;
  record.shelved_until = machine.now + span;
  return record;
}

struct Booted {
  explicit Booted(Machine& machine, std::vector<ports::StateEntry> stored = {})
      : time(machine, "ntp", stored), times(time) {
    look();
  }
  void look() {
    auto taken = time.check();
    if (!taken) return;
    for (auto& change : taken->changes) boots.push_back({change.key, *change.value});
  }
  pipeline::TimeKeeper time;
  pipeline::AlarmTimes times;
  std::vector<ports::StateEntry> boots;  // as stored
};

TEST_CASE("within one boot the instants of an alarm are exact") {
  Machine machine;
  Booted booted(machine);
  auto record = shelved_for(1h, machine);
  const auto until = record.shelved_until;
  CHECK_FALSE(booted.times.settle(record, machine.now));
  CHECK(record.shelved_until == until);
}

TEST_CASE("across a reboot with known dates they are exact too, time without power included") {
  Machine machine;
  const Booted before(machine);
  auto record = shelved_for(1h, machine);
  machine.reboot(20min, true);
  Booted after(machine, before.boots);
  CHECK(after.times.settle(record, machine.now));
  CHECK(record.boot == machine.boot_id());
  CHECK(record.shelved_until == machine.now + 1h - 20min - 10s);
  CHECK(record.active_since == machine.now - 20min - 10s - 60s);
  CHECK_FALSE(record.shelf_carried);
  CHECK(after.times.take_known().empty());
}

TEST_CASE("without a clock a shelf runs its whole span once more, and gets shorter when the dates are known") {
  Machine machine;
  const Booted before(machine);
  auto record = shelved_for(1h, machine);
  record.re_alarms = 4;
  machine.reboot(20min, false);
  Booted after(machine, before.boots);
  CHECK(after.times.settle(record, machine.now));
  CHECK(record.shelved_until == machine.now + 1h);
  CHECK(record.shelf_carried);
  CHECK(record.active_since == machine.now);
  CHECK(record.re_alarms == 0);
  CHECK(after.times.take_known().empty());
  machine.now += 5min;
  machine.trusted = true;
  after.look();
  const auto known = after.times.take_known();
  REQUIRE(known.size() == 1);
  CHECK(known[0].alarm == "g/r d");
  CHECK(known[0].until == machine.now - 5min + 1h - 20min - 10s);
  CHECK(after.times.take_known().empty());
}

TEST_CASE("the second boot without a clock ends a shelf") {
  Machine machine;
  const Booted before(machine);
  auto record = shelved_for(24h, machine);
  machine.reboot(1min, false);
  Booted second(machine, before.boots);
  second.times.settle(record, machine.now);
  machine.reboot(1min, false);
  Booted third(machine, before.boots);
  CHECK(third.times.settle(record, machine.now));
  CHECK(record.shelved_until == machine.now);
}

TEST_CASE("a date in the future is believed by no one") {
  Machine machine;
  const Booted before(machine);
  auto record = shelved_for(1h, machine);
  machine.reboot(-24h, true);
  Booted after(machine, before.boots);
  after.times.settle(record, machine.now);
  CHECK(record.at == machine.now);
  CHECK(record.shelved_until == machine.now + 1h);
}

struct Watched {
  explicit Watched(std::vector<ports::StateEntry> kpi = {}, std::vector<ports::StateEntry> history = {})
      : watch({booted.time,
               model::GatewayId{"gw-1"},
               {{"c", "d", "s", "g"}, "office"},
               std::move(kpi),
               std::move(history)}) {
    base::log::set_level(base::log::Level::off);
  }
  pipeline::AlarmWatch::Outcome raise(const std::string& alarm, std::chrono::microseconds later,
                                      AlarmState to = AlarmState::raised) {
    machine.now += later;
    model::AlarmTransition transition;
    transition.alarm = alarm;
    transition.from = AlarmState::normal;
    transition.to = to;
    transition.live = AlarmState::raised;
    transition.device = model::DeviceId{"d"};
    transition.place = {{"c", "d", "s", "g"}, "water"};
    transition.summary = "level 4 m";
    transition.at = machine.now;
    auto outcome = watch.saw(transition);
    for (auto& change : outcome.changes) state[{change.space, change.key}] = change.value;
    return outcome;
  }
  std::vector<ports::StateEntry> stored(const std::string& space) const {
    std::vector<ports::StateEntry> out;
    for (const auto& [key, value] : state) {
      if (key.first == space && value) out.push_back({key.second, *value});
    }
    return out;
  }

  Machine machine;
  Booted booted{machine};
  pipeline::AlarmWatch watch;
  std::map<std::pair<std::string, std::string>, std::optional<base::Bytes>> state;
};

TEST_CASE("a chattering alarm becomes an alarm of its device and department") {
  Watched w;
  w.raise("g/r d lane-1", 1s);
  w.raise("g/r d lane-1", 1s);
  const auto outcome = w.raise("g/r d lane-1", 1s);
  REQUIRE(outcome.transitions.size() == 1);
  const auto& told = outcome.transitions[0];
  CHECK(told.alarm == "system/chattering d g/r d lane-1");
  CHECK(told.rule == "system/chattering");
  CHECK(told.device.value == "d");
  CHECK(told.place.department == "water");
  CHECK(told.to == AlarmState::raised);
  CHECK(told.count == 1);
  CHECK(told.summary.find("g/r d lane-1") != std::string::npos);
  w.machine.now += 10min;
  const auto over = w.watch.on_timer(w.machine.now);
  REQUIRE(over.transitions.size() == 1);
  CHECK(over.transitions[0].to == AlarmState::normal);
  CHECK(over.transitions[0].count == 2);
  CHECK(over.transitions[0].place.department == "water");
}

TEST_CASE("a flood becomes an alarm of the gateway that names the offenders, and its time is counted") {
  Watched w;
  std::vector<model::AlarmTransition> told;
  for (int n = 0; n < 11; ++n) {
    for (auto& one : w.raise("g/r d-" + std::to_string(n % 4), 25s).transitions) told.push_back(std::move(one));
  }
  REQUIRE(told.size() == 1);
  CHECK(told[0].alarm == "system/alarm-flood gw-1");
  CHECK(told[0].summary.find("g/r d-0 (3)") != std::string::npos);
  CHECK(w.watch.load().is_flood());
  while (const auto timer = w.watch.next_timer()) {
    w.machine.now = *timer;
    w.watch.on_timer(*timer);
  }
  const auto days = w.watch.kpi().days();
  REQUIRE(days.size() == 1);
  CHECK(days[0].second.raises == 11);
  CHECK(days[0].second.peak == 11);
  CHECK(days[0].second.floods == 1);
  // From the eleventh raise until that of the seventh has left the ten minutes.
  CHECK(days[0].second.in_flood == 600s - 4 * 25s);
}

TEST_CASE("what is hidden is no load, and is counted apart") {
  Watched w;
  for (int n = 0; n < 50; ++n) CHECK(w.raise("g/r d", 1s, AlarmState::suppressed).transitions.empty());
  CHECK(w.watch.kpi().days()[0].second.raises == 0);
  CHECK(w.watch.kpi().days()[0].second.hidden == 50);
}

TEST_CASE("figures and history are back after a restart, in their order") {
  Watched before;
  for (int n = 0; n < 600; ++n) before.raise("g/r d-" + std::to_string(n), 1h);
  Watched after(before.stored(pipeline::AlarmWatch::kKpiSpace), before.stored(pipeline::AlarmWatch::kHistorySpace));
  CHECK(after.watch.kpi().days() == before.watch.kpi().days());
  const auto& history = after.watch.history();
  REQUIRE(history.size() == pipeline::AlarmWatch::kMostHistory);
  CHECK(history.back().alarm == "g/r d-599");
  CHECK(history.front().alarm == "g/r d-88");
  after.raise("g/r next", 1s);
  CHECK(history.back().order == 600);
  CHECK(history.size() == pipeline::AlarmWatch::kMostHistory);
}

TEST_CASE("a flood that the power cut interrupted ends by itself") {
  Watched w;
  model::AlarmRecord record;
  record.alarm = "system/alarm-flood gw-1";
  record.state = record.live = AlarmState::raised;
  record.count = 7;
  record.active_since = w.machine.now - 60s;
  w.watch.restore(record, w.machine.now);
  CHECK(w.watch.load().is_flood());
  w.machine.now += 10min;
  const auto over = w.watch.on_timer(w.machine.now);
  REQUIRE(over.transitions.size() == 1);
  CHECK(over.transitions[0].from == AlarmState::raised);
  CHECK(over.transitions[0].count == 8);
}

TEST_CASE("damaged entries of figures and history are left out") {
  Watched w({{"2026-11-25", {9, 9}}, {"x", {}}}, {{"000", {1}}, {"001", {}}});
  CHECK(w.watch.kpi().days().empty());
  CHECK(w.watch.history().empty());
  w.raise("g/r d", 1s);
  CHECK(w.watch.history().size() == 1);
}

}  // namespace
