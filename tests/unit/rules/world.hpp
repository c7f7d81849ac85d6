// A small site for the tests of rules: two junctions with lanes, a station, a pump; time that is told.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/point_table.hpp"
#include "rules/evaluator.hpp"
#include "support/catch.hpp"

namespace wayside::rules::test {

using namespace std::chrono_literals;
using model::Quality;

inline base::BootTime at(std::chrono::microseconds t) { return base::BootTime{} + t; }

class World {
 public:
  World() {
    for (const std::string device : {"junction-7", "junction-8"}) {
      point(device, "traffic", "occupancy", "occupancy", {});
      for (const std::string lane : {"1", "2", "3"}) {
        point(device, "traffic", "lane-" + lane + ".volume", "volume", {{"lane", lane}});
        point(device, "traffic", "lane-" + lane + ".speed", "speed", {{"lane", lane}});
      }
    }
    point("station-1", "weather", "rain", "rain", {});
    point("pump-3", "pump", "level", "level", {});
    point("pump-3", "pump", "running", "running", {});
  }

  void point(const std::string& device, const std::string& family, const std::string& name, const std::string& metric,
             std::map<std::string, std::string> labels, std::chrono::microseconds period = 10s) {
    labels["device"] = device;
    labels["family"] = family;
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = name;
    info.metric = metric;
    info.labels = std::move(labels);
    info.unit = metric == "level" ? "m" : "";
    info.period = period;
    info.place = {{"city", "north", "main-street", "g1"}, "water"};
    table.add(std::move(info));
  }

  model::PointHandle handle(std::string_view device, std::string_view name) const {
    const auto found = table.find(model::DeviceId{std::string(device)}, name);
    REQUIRE(found);
    return *found;
  }

  void put(std::string_view device, std::string_view name, model::Value value, std::chrono::microseconds t,
           Quality quality = Quality::good) {
    table.apply({handle(device, name), std::move(value), quality, at(t)});
  }

  model::PointTable table;
};

inline model::RuleSpec rule(std::string expr) {
  model::RuleSpec spec;
  spec.group = "site";
  spec.name = "test";
  spec.place = {"rules.yaml", 4, 3};
  spec.expr = {std::move(expr), {"rules.yaml", 5, 11}};
  return spec;
}

// The problems of one rule in this world as "line:column what", one per line.
inline std::string problems(World world, const model::RuleSpec& spec) {
  const auto compiled = Evaluator::compile(std::span(&spec, 1), world.table);
  std::string out;
  for (const auto& problem : compiled.problems) {
    out += (out.empty() ? "" : "\n") + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column) +
           " " + problem.what;
  }
  CHECK(out.empty() == (compiled.evaluator != nullptr));
  return out;
}
inline std::string problems(const std::string& expr) { return problems(World{}, rule(expr)); }

inline std::unique_ptr<Evaluator> compiled(World& world, const std::vector<model::RuleSpec>& specs) {
  auto out = Evaluator::compile(specs, world.table);
  for (const auto& problem : out.problems) UNSCOPED_INFO(problem.what);
  REQUIRE(out.problems.empty());
  return std::move(out.evaluator);
}

// The alarms a rule is bound to, one per line.
inline std::string bound(World world, const model::RuleSpec& spec) {
  std::string out;
  for (const auto& view : compiled(world, {spec})->instances()) out += (out.empty() ? "" : "\n") + view.alarm;
  return out;
}

// One rule on pump-3, driven by its level.
class Pump {
 public:
  explicit Pump(const model::RuleSpec& spec) : evaluator(compiled(world, {spec})) {}

  std::vector<model::AlarmTransition> level(std::chrono::microseconds t, model::Value value,
                                            Quality quality = Quality::good) {
    world.put("pump-3", "level", std::move(value), t, quality);
    const std::array changed{world.handle("pump-3", "level")};
    return evaluator->on_readings(changed, at(t)).transitions;
  }
  std::vector<model::AlarmTransition> timer(std::chrono::microseconds t) {
    return evaluator->on_timer(at(t)).transitions;
  }
  InstanceView view() const { return evaluator->instances().at(0); }
  bool raised() const {
    const auto alarms = evaluator->alarms();
    return !alarms.empty() && alarms[0].state == model::AlarmState::raised;
  }

  World world;
  std::unique_ptr<Evaluator> evaluator;
};

}  // namespace wayside::rules::test
