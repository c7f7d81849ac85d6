// One configuration takes over from another: what is the same in both goes on as if nothing had happened.
#include <random>

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

model::RuleSpec named(const std::string& name, const std::string& expr, std::chrono::microseconds hold_for = {}) {
  auto spec = rule(expr);
  spec.name = name;
  spec.hold_for = hold_for;
  return spec;
}

std::vector<model::RuleSpec> rules() {
  auto recorded = named("mean_volume", "avg by (device) (volume)");
  recorded.recorded.emplace();
  recorded.recorded->unit = "1";
  recorded.recorded->meaning = "The mean of the lanes.";
  return {named("high", "level > 5", 40s),
          named("mean", "avg_over(level, 5m) > 4"),
          named("odd", "robust_z(level, 30) > 3"),
          named("score", "anomaly_score(level) > 0.26"),
          named("lanes", "max by (device) (volume) > 8"),
          recorded,
          named("busy", "mean_volume > 6", 30s),
          named("old", "stale(level, 70s)")};
}

// What went by, as lines.
struct Told {
  std::vector<std::string> lines;
  void add(std::chrono::microseconds t, const Verdict& verdict) {
    for (const auto& transition : verdict.transitions) {
      lines.push_back(std::to_string(t / 1s) + " " + transition.alarm + " " +
                      std::string(model::to_string(transition.to)));
    }
    for (const auto& reading : verdict.derived) {
      lines.push_back(std::to_string(t / 1s) + " derived " +
                      std::to_string(model::as_number(reading.value).value_or(-1)));
    }
  }
};

void sample(World& world, Evaluator& evaluator, std::mt19937& dice, std::chrono::microseconds t, Told& told) {
  std::vector<model::PointHandle> changed;
  const auto put = [&](const char* device, const std::string& name, double value) {
    world.put(device, name, value, t);
    changed.push_back(world.handle(device, name));
  };
  // Now and then the level is not read for a while.
  const auto slow = std::chrono::duration_cast<std::chrono::seconds>(t).count() / 150 % 5;
  const double level = static_cast<double>(dice() % 100) / 12.0 + (slow == 2 ? 3 : 0);
  if (slow != 4) put("pump-3", "level", level);
  for (const char* device : {"junction-7", "junction-8"}) {
    for (const std::string lane : {"1", "2", "3"})
      put(device, "lane-" + lane + ".volume", static_cast<double>(dice() % 11));
  }
  told.add(t, evaluator.on_readings(changed, at(t)));
  while (const auto next = evaluator.next_timer()) {
    if (*next >= at(t + 10s)) break;
    told.add(*next - at(0s), evaluator.on_timer(*next));
  }
}

}  // namespace

TEST_CASE("rules that are the same go on where they were, whatever else changes around them") {
  constexpr auto kEnd = 3600s;
  for (const auto change : {10s, 1200s, 1230s, 2010s, 3000s}) {
    std::mt19937 dice_a(7);
    std::mt19937 dice_b(7);
    World undisturbed;
    const auto whole = compiled(undisturbed, rules());
    Told expected;
    for (auto t = 0s; t < kEnd; t += 10s) sample(undisturbed, *whole, dice_a, t, expected);
    REQUIRE(expected.lines.size() > 100);

    auto before = std::make_unique<World>();
    auto evaluator = compiled(*before, rules());
    Told told;
    auto t = 0s;
    for (; t < change; t += 10s) sample(*before, *evaluator, dice_b, t, told);
    // Other handles, another order, more rules; the points of one device come first now.
    World after;
    World moved;
    moved.table = {};
    moved.point("new-1", "pump", "level2", "level2", {});
    for (auto i = after.table.size(); i-- > 0;) {
      moved.table.add(after.table.info(model::PointHandle{static_cast<std::uint32_t>(i)}));
    }
    auto specs = rules();
    std::rotate(specs.begin(), specs.begin() + 3, specs.end());
    specs.push_back(named("more", "level2 > 1"));
    specs.push_back(named("also", "avg_over(level, 5m) > 400"));
    const auto next = compiled(moved, specs);
    const auto records = evaluator->alarms();
    told.add(t, next->restore(records, at(t - 1s)));
    moved.table.adopt(before->table);
    next->adopt(*evaluator);
    evaluator.reset();
    before.reset();
    for (; t < kEnd; t += 10s) sample(moved, *next, dice_b, t, told);
    // Several of one instant may stand in another order.
    auto sorted = [](std::vector<std::string> lines) {
      std::ranges::sort(lines);
      return lines;
    };
    CAPTURE(change.count());
    CHECK(sorted(told.lines) == sorted(expected.lines));
  }
}

TEST_CASE("a rule whose expression has changed starts anew") {
  Pump pump(named("high", "level > 5", 40s));
  for (auto t = 0s; t < 30s; t += 10s) pump.level(t, 9.0);
  CHECK(pump.view().pending);
  World world;
  const auto next = compiled(world, {named("high", "level > 6", 40s)});
  static_cast<void>(next->restore(pump.evaluator->alarms(), at(30s)));
  next->adopt(*pump.evaluator);
  CHECK_FALSE(next->instances()[0].pending);
}

TEST_CASE("a new rule sees what was there before it, although it does not change") {
  Pump pump(named("high", "level > 50"));
  pump.level(10s, 9.0);
  World world;
  const auto next = compiled(world, {named("low", "level > 5")});
  static_cast<void>(next->restore(pump.evaluator->alarms(), at(15s)));
  world.table.adopt(pump.world.table);
  next->adopt(*pump.evaluator);
  world.put("pump-3", "level", 9.0, 20s);
  const std::array changed{world.handle("pump-3", "level")};
  const auto verdict = next->on_readings(changed, at(20s));
  REQUIRE(verdict.transitions.size() == 1);
  CHECK(verdict.transitions[0].alarm == "site/low pump-3");
}

TEST_CASE("a point that means something else begins without a past") {
  World before;
  before.put("pump-3", "level", 4.5, 1s);
  World after;
  after.table = {};
  after.point("pump-3", "pump", "level", "level", {}, 20s);  // read at another pace
  after.point("pump-3", "pump", "running", "running", {});
  before.put("pump-3", "running", 1.0, 2s);
  after.table.adopt(before.table);
  CHECK(after.table.newest(after.handle("pump-3", "level")).quality == Quality::uncertain_initial_value);
  CHECK(after.table.newest(after.handle("pump-3", "running")).quality == Quality::good);
  CHECK(after.table.newest(after.handle("pump-3", "running")).point == after.handle("pump-3", "running"));
}

}  // namespace wayside::rules::test
