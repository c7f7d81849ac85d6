// The functions along a fibre in rules: whole traces, one detector for all of them, places in metres, what is bad;
// parameters; expressions in annotations.
#include <cmath>
#include <limits>

#include "rules/rule.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

model::RuleSpec record(std::string name, std::string expr) {
  auto spec = rule(std::move(expr));
  spec.name = std::move(name);
  spec.recorded.emplace();
  spec.recorded->meaning = "a test";
  return spec;
}

constexpr int kZones = 20;

// Twenty zones 10 m apart, the first at 105 m, read every minute; each has a level of its own and a little noise.
class Fibre {
 public:
  explicit Fibre(const std::vector<model::RuleSpec>& specs, const std::string& metre_of_third = "125") {
    for (int i = 1; i <= kZones; ++i) {
      model::PointInfo info;
      info.device = model::DeviceId{"dts"};
      info.name = "zone-" + std::to_string(i) + ".t_avg";
      info.metric = "t_avg";
      info.unit = "Cel";
      info.period = 60s;
      info.labels = {{"device", "dts"}, {"zone", std::to_string(i)}, {"metre", std::to_string(95 + 10 * i)}};
      if (i == 3) info.labels["metre"] = metre_of_third;
      table.add(std::move(info));
    }
    auto out = Evaluator::compile(specs, table);
    for (const auto& problem : out.problems) problems += problem.what + "\n";
    evaluator = std::move(out.evaluator);
  }

  // One read of all zones; `only`: of so many.
  Verdict trace(int only = kZones) {
    now += 60s;
    std::vector<model::PointHandle> changed;
    for (int i = 0; i < only; ++i) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      const auto noise = (static_cast<double>(state_ >> 40U) / 16777216.0 - 0.5) * 0.2;
      const model::PointHandle point{static_cast<std::uint32_t>(i)};
      const bool fine = i < dead_from;
      model::Reading reading{point, {}, dead, at(now)};
      if (fine) {
        reading.value = 12 + i % 5 + noise + (i == leak ? kelvin : 0);
        reading.quality = Quality::good;
      }
      table.apply(reading);
      changed.push_back(point);
    }
    return evaluator->on_readings(changed, at(now));
  }
  void learn(int traces = 100) {
    for (int i = 0; i < traces; ++i) trace();
  }

  std::string value_of(const std::string& name) const {
    const auto point = table.find(model::DeviceId{"dts"}, name);
    REQUIRE(point);
    const auto& newest = table.newest(*point);
    return model::is_bad(newest.quality) ? "bad" : model::to_string(newest.value);
  }
  double number_of(const std::string& name) const {
    const auto& newest = table.newest(*table.find(model::DeviceId{"dts"}, name));
    return model::is_bad(newest.quality) ? -1 : model::as_number(newest.value).value_or(-2);
  }

  model::PointTable table;
  std::string problems;
  std::unique_ptr<Evaluator> evaluator;
  std::chrono::microseconds now{};
  int leak = -1;
  double kelvin = 3;
  int dead_from = kZones;
  Quality dead = Quality::bad_sensor_failure;

 private:
  std::uint64_t state_ = 7;
};

std::vector<model::RuleSpec> five() {
  return {record("peak", "fibre_peak(t_avg, 1m) by (device)"), record("place", "fibre_position(t_avg, 1m) by (device)"),
          record("either_way", "fibre_uncertainty(t_avg, 1m) by (device)"),
          record("cut", "choose(fibre_broken(t_avg, 1m) by (device), 1, 0)"),
          record("cut_at", "fibre_break(t_avg, 1m) by (device)")};
}

TEST_CASE("a leak is placed by the metres of its zones", "[rules]") {
  Fibre fibre(five());
  REQUIRE(fibre.evaluator);
  fibre.trace();
  CHECK(fibre.value_of("peak") == "bad");  // learning
  CHECK(fibre.value_of("cut") == "0");
  fibre.learn();
  CHECK(fibre.number_of("peak") == 0);
  CHECK(fibre.value_of("place") == "bad");
  fibre.leak = 9;  // zone 10, at 195 m
  fibre.trace();
  fibre.trace();
  CHECK(fibre.number_of("peak") == Approx(0.49));  // it has not stood in three of four
  fibre.trace();
  CHECK(fibre.number_of("peak") >= 0.5);
  CHECK(fibre.number_of("place") == Approx(195).margin(3));
  CHECK(fibre.number_of("either_way") == 10);  // from zone to zone
  CHECK(fibre.value_of("cut_at") == "bad");
}

TEST_CASE("places follow zones that are not evenly spaced", "[rules]") {
  // The third zone lies at 134 m and not at 125: 19 m behind the second, 1 m before the fourth.
  Fibre fibre(five(), "134");
  REQUIRE(fibre.evaluator);
  fibre.learn();
  fibre.leak = 2;
  for (int i = 0; i < 3; ++i) fibre.trace();
  CHECK(fibre.number_of("place") == Approx(134).margin(1.5));
  CHECK(fibre.number_of("either_way") == 19);
}

TEST_CASE("all functions of one fibre share one detector; other parameters are another", "[rules]") {
  Fibre fibre(five());
  REQUIRE(fibre.evaluator);
  CHECK(fibre.evaluator->baseline_count() == 1);
  auto more = five();
  more.push_back(record("coarse", "fibre_peak(t_avg, 1m, 2) by (device)"));
  CHECK(Fibre(more).evaluator->baseline_count() == 2);
}

TEST_CASE("dead sensors at the end are a cut, zones that were not read are not", "[rules]") {
  Fibre fibre(five());
  fibre.learn();
  fibre.dead_from = 12;  // zone 13 is the first dead one, at 225 m
  fibre.trace();
  CHECK(fibre.value_of("cut") == "0");
  fibre.trace();
  CHECK(fibre.value_of("cut") == "1");
  CHECK(fibre.number_of("cut_at") == Approx(225));
  CHECK(fibre.number_of("peak") == 0);  // no leak before it
  fibre.dead_from = 4;
  fibre.trace();
  fibre.trace();
  CHECK(fibre.number_of("cut_at") == Approx(145));
  CHECK(fibre.value_of("peak") == "bad");  // too little answers to say that there is no leak
  fibre.dead_from = kZones;
  fibre.trace();
  CHECK(fibre.value_of("cut") == "0");
  fibre.dead = Quality::bad_no_communication;
  fibre.dead_from = 12;
  for (int i = 0; i < 4; ++i) fibre.trace();
  CHECK(fibre.value_of("cut") == "0");
  fibre.dead_from = 0;
  fibre.trace();
  CHECK(fibre.value_of("cut") == "bad");
  CHECK(fibre.value_of("peak") == "bad");
}

TEST_CASE("a trace is complete, and taken at most so often", "[rules]") {
  Fibre fibre({record("peak", "fibre_peak(t_avg, 5m) by (device)")});
  for (int i = 0; i < 47 * 5 + 1; ++i) fibre.trace();
  CHECK(fibre.value_of("peak") == "bad");  // 48 traces were taken, and are learned now
  for (int i = 0; i < 4; ++i) fibre.trace();
  CHECK(fibre.value_of("peak") == "bad");
  fibre.trace();
  CHECK(fibre.value_of("peak") == "0");
  fibre.leak = 9;
  for (int i = 0; i < 11; ++i) fibre.trace();
  CHECK(fibre.number_of("peak") < 0.5);
  for (int i = 0; i < 5; ++i) fibre.trace();
  CHECK(fibre.number_of("peak") >= 0.5);
}

TEST_CASE("half a read makes no trace", "[rules]") {
  Fibre fibre(five());
  fibre.learn();
  fibre.leak = 3;
  for (int i = 0; i < 2; ++i) fibre.trace(kZones / 2);
  CHECK(fibre.number_of("peak") == 0);
}

TEST_CASE("an alarm of a fibre says where, how surely, and holds the baseline still", "[rules]") {
  auto alarm = rule("fibre_position(t_avg, 1m) by (device) >= 0 and fibre_peak(t_avg, 1m) by (device) >= 0.5");
  alarm.clear = model::ExpressionText{"fibre_peak(t_avg, 1m) by (device) < 0.3", {}};
  alarm.annotations["summary"] =
      "leak on {{ $labels.device }} at {{ round($value_m) }} m: {{ round(fibre_position(t_avg, 1m) by (device) / 10) "
      "}} "
      "+- {{ fibre_uncertainty(t_avg, 1m) by (device) }} m";
  CHECK(Fibre({alarm}).problems ==
        "annotation summary of rule site/test: '{{ round($value_m) }}': there is no parameter \"value_m\"\n");
  alarm.annotations["summary"] =
      "leak on {{ $labels.device }} near {{ round(fibre_position(t_avg, 1m) by (device) / 20) * 20 }} m "
      "+- {{ fibre_uncertainty(t_avg, 1m) by (device) }} m";
  Fibre fibre({alarm});
  REQUIRE(fibre.problems.empty());
  fibre.learn();
  fibre.leak = 9;
  std::vector<model::AlarmTransition> told;
  for (int i = 0; i < 3; ++i) {
    for (auto& one : fibre.trace().transitions) told.push_back(std::move(one));
  }
  REQUIRE(told.size() == 1);
  CHECK(told[0].summary == "leak on dts near 200 m +- 10 m");
  REQUIRE(told[0].inputs.size() == 1);
  CHECK(told[0].inputs[0].point == "dts.zone-10.t_avg");
  const auto before = fibre.evaluator->next_baseline();
  for (int i = 0; i < 10; ++i) fibre.trace();
  CHECK(fibre.evaluator->next_baseline()->state == before->state);
  fibre.leak = -1;
  fibre.trace();
  fibre.trace();
  CHECK(fibre.evaluator->next_baseline()->state != before->state);
  CHECK(fibre.evaluator->restore_baseline(*before));
}

TEST_CASE("an alarm behind a recording rule holds what that stands on still too", "[rules]") {
  Fibre fibre({record("peak", "fibre_peak(t_avg, 1m) by (device)"), rule("peak >= 0.5")});
  REQUIRE(fibre.problems.empty());
  fibre.learn();
  fibre.leak = 9;
  for (int i = 0; i < 3; ++i) fibre.trace();
  REQUIRE(fibre.evaluator->alarms().size() == 1);
  const auto before = fibre.evaluator->next_baseline();
  for (int i = 0; i < 10; ++i) fibre.trace();
  CHECK(fibre.evaluator->next_baseline()->state == before->state);
}

TEST_CASE("a fibre wants a group, some zones, and their metres", "[rules]") {
  const auto told = [](const std::string& expr, const std::string& metre = "125") {
    return Fibre({rule(expr)}, metre).problems;
  };
  CHECK(told("fibre_peak(t_avg, 1m) > 0.5") == "which zones are one fibre? write fibre_peak(x, 5m) by (device)\n");
  CHECK(told("fibre_peak(t_avg) by (device) > 0.5") == "fibre_peak wants 2 arguments: fibre_peak(x, 5m) by (device)\n");
  CHECK(told("fibre_peak(t_avg, 1m) by (zone) > 0.5") == "a fibre has 8 to 900 zones here, and not 1\n");
  CHECK(told("fibre_peak(t_avg, 2h) by (device) > 0.5") == "a trace is taken every 1s to 1h\n");
  CHECK(told("fibre_peak(t_avg, 1m) by (device) > 0.5", "north") ==
        "where dts.zone-3.t_avg lies is not known: a zone along a fibre has a label metre\n");
  CHECK(told("fibre_position(t_avg, 1m) by (device) > t_avg{zone=\"1\"}").find("is in m, t_avg") != std::string::npos);
  CHECK(told("sum(fibre_peak(t_avg, 1m) by (device)) > 1") ==
        "an aggregation inside an aggregation: make the inner one a recording rule\n");
  CHECK(told("fibre_peak(t_avg, 1m, -1) by (device) > 0.5").find("not below 0") != std::string::npos);
}

TEST_CASE("a parameter stands for a number, a duration or a text", "[rules]") {
  auto spec = rule("avg_over(level, $window) > $most and time_between($from, \"06:00\")");
  spec.parameters = {{"window", "5m"}, {"most", "-2.5"}, {"from", "22:00"}};
  CHECK(problems(World{}, spec).empty());
  const auto version = rule_version(spec);
  spec.parameters["unused"] = "1";
  CHECK(rule_version(spec) == version);
  spec.parameters["most"] = "3";
  CHECK(rule_version(spec) != version);
  spec.parameters.erase("most");
  CHECK(problems(World{}, spec) == "5:38 there is no parameter \"most\"");
  spec.parameters["most"] = "5m";
  CHECK(problems(World{}, spec).find("a duration stands only in a function over time") != std::string::npos);
}

TEST_CASE("the value behind a parameter is compared", "[rules]") {
  auto spec = rule("level > $most");
  spec.parameters = {{"most", "4"}};
  spec.annotations["summary"] = "{{ $value }} m is {{ level - $most }} m too high, {{ level / 0 }}";
  Pump pump(spec);
  CHECK(pump.level(1s, 3.0).empty());
  const auto told = pump.level(2s, 6.5);
  REQUIRE(told.size() == 1);
  CHECK(told[0].summary == "6.5 m is 2.5 m too high, -");
}

}  // namespace
}  // namespace wayside::rules::test
