// Recording rules, aggregations, named values, units, what hides what: rules on several devices at once.
#include <set>

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

model::RuleSpec record(std::string name, std::string expr) {
  auto spec = rule(std::move(expr));
  spec.name = std::move(name);
  spec.recorded.emplace();
  spec.recorded->unit = "1";
  spec.recorded->meaning = "a test";
  return spec;
}

// A feeder of four lamps: two points each, a mode with names, a meter in W and a rated power in kW.
class Feeder {
 public:
  explicit Feeder(const std::vector<model::RuleSpec>& specs) {
    for (int i = 1; i <= 4; ++i) {
      const auto lamp = "lamp-" + std::to_string(i);
      add(lamp, "power", "W");
      add(lamp, "lamp_failure", "");
      add(lamp, "mode", "");
    }
    add("meter", "feeder_power", "W");
    add("meter", "rated", "kW");
    add("meter", "tripped", "");
    auto out = Evaluator::compile(specs, table);
    for (const auto& problem : out.problems) problems += problem.what + "\n";
    evaluator = std::move(out.evaluator);
  }

  void add(const std::string& device, const std::string& metric, const std::string& unit) {
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = info.metric = metric;
    info.unit = unit;
    info.period = 10s;
    info.labels = {{"device", device}, {"feeder", device == "lamp-4" ? "2" : "1"}};
    if (metric == "mode") info.values = {{0, "off"}, {1, "eco"}, {2, "full"}};
    table.add(std::move(info));
  }

  Verdict put(const std::string& device, const std::string& metric, model::Value value, std::chrono::microseconds t,
              Quality quality = Quality::good) {
    const auto point = *table.find(model::DeviceId{device}, metric);
    table.apply({point, std::move(value), quality, at(t)});
    const std::array changed{point};
    return evaluator->on_readings(changed, at(t));
  }

  std::string value_of(const std::string& device, const std::string& name) const {
    const auto point = table.find(model::DeviceId{device}, name);
    REQUIRE(point);
    const auto& newest = table.newest(*point);
    return model::is_bad(newest.quality) ? "bad" : model::to_string(newest.value);
  }

  model::PointTable table;
  std::string problems;
  std::unique_ptr<Evaluator> evaluator;
};

std::string told(const Verdict& verdict) {
  std::string out;
  for (const auto& t : verdict.transitions) {
    out += (out.empty() ? "" : "; ") + t.alarm + (t.to == model::AlarmState::raised ? " raised" : " normal");
  }
  return out;
}

TEST_CASE("a recording rule makes a point that other rules read in the same instant", "[rules]") {
  auto alarm = rule("load > 2");
  Feeder feeder({alarm, record("load", "power / 100"), record("load_twice", "load * 2")});
  REQUIRE(feeder.evaluator);
  const auto verdict = feeder.put("lamp-1", "power", 300.0, 1s);
  CHECK(told(verdict) == "site/test lamp-1 raised");
  REQUIRE(verdict.derived.size() == 2);
  CHECK(feeder.value_of("lamp-1", "load") == "3");
  CHECK(feeder.value_of("lamp-1", "load_twice") == "6");
  const auto& info = feeder.table.info(*feeder.table.find(model::DeviceId{"lamp-1"}, "load"));
  CHECK(info.derived);
  CHECK(info.unit == "1");
  CHECK(info.source == "rule site/load");
}

TEST_CASE("a derived point is bad while its inputs are, and says how good they were", "[rules]") {
  Feeder feeder({record("load", "power / 100")});
  feeder.put("lamp-1", "power", 300.0, 1s, Quality::uncertain_range_exceeded);
  CHECK(feeder.table.newest(*feeder.table.find(model::DeviceId{"lamp-1"}, "load")).quality ==
        Quality::uncertain_range_exceeded);
  feeder.put("lamp-1", "power", {}, 2s, Quality::bad_no_communication);
  CHECK(feeder.value_of("lamp-1", "load") == "bad");
  feeder.put("lamp-1", "power", 100.0, 3s);
  CHECK(feeder.value_of("lamp-1", "load") == "1");
  const auto stale = feeder.evaluator->on_timer(at(34s));
  REQUIRE(stale.derived.size() == 1);
  CHECK(model::is_bad(stale.derived[0].quality));
}

TEST_CASE("recording rules that go in a circle are refused", "[rules]") {
  Feeder feeder({record("a_load", "b_load + 1"), record("b_load", "a_load + power")});
  CHECK_FALSE(feeder.evaluator);
  CHECK(feeder.problems == "recording rules go in a circle: site/a_load reads site/b_load reads site/a_load\n");
}

TEST_CASE("an aggregation gathers the points of a group, once each of several devices has a sample", "[rules]") {
  Feeder feeder({record("lit", "count(power > 10) by (feeder)"), record("total", "sum by (feeder) (power)")});
  REQUIRE(feeder.evaluator);
  CHECK(feeder.put("lamp-1", "power", 50.0, 1s).derived.empty());  // of two others nothing is known yet
  feeder.put("lamp-2", "power", 5.0, 2s);
  feeder.put("lamp-3", "power", 70.0, 3s);
  CHECK(feeder.value_of("gateway", "feeder-1.lit") == "2");
  CHECK(feeder.value_of("gateway", "feeder-1.total") == "125");
  CHECK(feeder.value_of("gateway", "feeder-2.total") == "-");
  CHECK(feeder.put("lamp-1", "power", 0.0, 11s).derived.empty());  // it waits for the others
  CHECK(feeder.put("lamp-3", "power", 0.0, 12s).derived.empty());
  CHECK(feeder.put("lamp-2", "power", 20.0, 13s).derived.size() == 2);
  CHECK(feeder.value_of("gateway", "feeder-1.lit") == "1");
  feeder.put("lamp-4", "power", 8.0, 14s);
  CHECK(feeder.value_of("gateway", "feeder-2.total") == "8");
}

TEST_CASE("a member that is bad is left out, and fewer than half say nothing", "[rules]") {
  Feeder feeder({record("total", "sum by (feeder) (power)")});
  for (int i = 1; i <= 3; ++i) feeder.put("lamp-" + std::to_string(i), "power", 10.0, 1s * i);
  feeder.put("lamp-1", "power", {}, 11s, Quality::bad);
  feeder.put("lamp-2", "power", 10.0, 12s);
  feeder.put("lamp-3", "power", 10.0, 13s);
  CHECK(feeder.value_of("gateway", "feeder-1.total") == "20");
  CHECK(feeder.table.newest(*feeder.table.find(model::DeviceId{"gateway"}, "feeder-1.total")).quality ==
        Quality::uncertain_sub_normal);
  feeder.put("lamp-2", "power", {}, 21s, Quality::bad);
  feeder.put("lamp-3", "power", 10.0, 22s);
  CHECK(feeder.value_of("gateway", "feeder-1.total") == "bad");
}

TEST_CASE("an alarm over an aggregation names those for which it counts", "[rules]") {
  auto spec = rule("share(lamp_failure == 1) by (feeder) >= 0.5");
  Feeder feeder({spec});
  REQUIRE(feeder.evaluator);
  feeder.put("lamp-1", "lamp_failure", true, 1s);
  feeder.put("lamp-2", "lamp_failure", false, 1s);
  const auto verdict = feeder.put("lamp-3", "lamp_failure", true, 2s);
  REQUIRE(told(verdict) == "site/test gateway feeder-1 raised");
  const auto& raised = verdict.transitions[0];
  REQUIRE(raised.inputs.size() == 2);
  CHECK(raised.inputs[0].point == "lamp-1.lamp_failure");
  CHECK(raised.inputs[1].point == "lamp-3.lamp_failure");
  CHECK(raised.labels.at("feeder") == "1");
}

TEST_CASE("a point compares with the name of one of its values", "[rules]") {
  Feeder feeder({rule("mode == \"eco\"")});
  REQUIRE(feeder.evaluator);
  CHECK(told(feeder.put("lamp-2", "mode", std::int64_t{2}, 1s)).empty());
  CHECK(told(feeder.put("lamp-2", "mode", std::int64_t{1}, 2s)) == "site/test lamp-2 raised");
  CHECK(Feeder({rule("mode == \"ful\"")}).problems == "lamp-1.mode has no value \"ful\", it has eco, full, off\n");
}

TEST_CASE("units that do not fit are an error at load", "[rules]") {
  CHECK(Feeder({rule("feeder_power > rated")}).problems ==
        "feeder_power is in W, rated in kW: bring both to one unit\n");
  CHECK(Feeder({rule("feeder_power > rated * 1000")}).problems.empty());
  CHECK(Feeder({rule("feeder_power / rated > 2")}).problems.empty());
  CHECK(Feeder({rule("rate(feeder_power, 1m) > feeder_power")}).problems ==
        "rate(feeder_power, 60s) is in W/s, feeder_power in W: bring both to one unit\n");
}

TEST_CASE("what must be good makes a rule unknown when it is only uncertain", "[rules]") {
  auto spec = rule("power > 10");
  spec.needs_good = {"mode"};
  Feeder feeder({spec});
  REQUIRE(feeder.evaluator);
  feeder.put("lamp-1", "mode", std::int64_t{1}, 1s, Quality::uncertain_range_exceeded);
  CHECK(told(feeder.put("lamp-1", "power", 50.0, 2s)).empty());
  CHECK(told(feeder.put("lamp-1", "mode", std::int64_t{1}, 3s)) == "site/test lamp-1 raised");
}

TEST_CASE("a window in a rule, shared by expr and clear, forgets by itself", "[rules]") {
  auto spec = rule("avg_over(power, 25s) > 50");
  spec.clear = model::ExpressionText{"avg_over(power, 25s) < 20", {"r", 1, 1}};
  Feeder feeder({spec});
  REQUIRE(feeder.evaluator);
  CHECK(told(feeder.put("lamp-1", "power", 100.0, 1s)) == "site/test lamp-1 raised");
  CHECK(told(feeder.put("lamp-1", "power", 0.0, 11s)).empty());
  CHECK(told(feeder.put("lamp-1", "power", 0.0, 21s)).empty());                   // 33
  CHECK(told(feeder.evaluator->on_timer(at(26s))) == "site/test lamp-1 normal");  // the first one has left
}

TEST_CASE("changed() ends when its window does", "[rules]") {
  Feeder feeder({rule("changed(power, 25s)")});
  feeder.put("lamp-1", "power", 1.0, 1s);
  CHECK(told(feeder.put("lamp-1", "power", 2.0, 10s)) == "site/test lamp-1 raised");
  CHECK(told(feeder.put("lamp-1", "power", 2.0, 20s)).empty());
  CHECK(told(feeder.evaluator->on_timer(at(26s))) == "site/test lamp-1 normal");
}

TEST_CASE("a group's interval thins a rule and loses nothing", "[rules]") {
  auto spec = rule("power > 10");
  spec.interval = 60s;
  Feeder feeder({spec});
  CHECK(told(feeder.put("lamp-1", "power", 1.0, 1s)).empty());
  CHECK(told(feeder.put("lamp-1", "power", 50.0, 11s)).empty());
  feeder.put("lamp-1", "power", 50.0, 41s);
  CHECK(told(feeder.evaluator->on_timer(at(61s))) == "site/test lamp-1 raised");
}

TEST_CASE("functions are refused with what is wrong about them", "[rules]") {
  const auto says = [](const std::string& expr) { return Feeder({rule(expr)}).problems; };
  CHECK(says("quantile_over(2, power, 5m) > 1") == "a quantile lies between 0 and 1\n");
  CHECK(says("n_of_m(power > 1, 5, 3)").starts_with("n_of_m(condition, n, m) wants whole numbers"));
  CHECK(says("time_between(\"25:00\", \"5:00\") and power > 1").starts_with("\"25:00\" is no time of day"));
  CHECK(says("sun_elevation() > 3 and power > 1").starts_with("the position of the site is not known"));
  CHECK(says("avg_over(power, 20d) > 1").starts_with("avg_over(power, 1728000s) holds 216002 samples, at most 16384"));
  CHECK(says("rate(5, 5m) > 1") == "rate stands on no point\n");
  CHECK(says("sum(count(power)) > 1").starts_with("an aggregation inside an aggregation"));
  CHECK(says("joint_score(10, power, mode) > 0.5") == "joint_score learns 50 to 1000000 samples first\n");
  CHECK(says("seasonal_score(\"nightly\", power) > 0.5").starts_with("there is no season \"nightly\""));
}

TEST_CASE("what two rules say of the same points is computed once", "[rules]") {
  auto first = rule("avg_over(power, 5m) > 50");
  auto second = rule("avg_over(power, 5m) > 90");
  second.name = "other";
  Feeder one({first});
  Feeder both({first, second});
  // A second instance, and not a second window of 40 samples for each of four lamps.
  CHECK(both.evaluator->bytes() < one.evaluator->bytes() + 4 * 300);
}

}  // namespace
}  // namespace wayside::rules::test
