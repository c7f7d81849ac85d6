#include "rules/made_up_points.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

model::RuleSpec named(std::string name, std::string expr) {
  auto spec = rule(std::move(expr));
  spec.name = std::move(name);
  return spec;
}

Evaluator::Compiled compile(World& world, const std::vector<model::RuleSpec>& rules, std::size_t memory = 0) {
  return Evaluator::compile(rules, world.table, {"gateway", std::nullopt, nullptr, memory});
}

TEST_CASE("what a rule takes is known when it is compiled") {
  World world;
  const auto compiled = compile(world, {named("a", "avg_over(volume, 10m) > 3"), named("b", "level > 1")});
  REQUIRE(compiled.costs.size() == 2);
  const auto& a = compiled.costs[0];
  CHECK(a.rule == "site/a");
  CHECK(a.instances == 6);
  CHECK(a.steps == 6);
  CHECK(a.cells == 2);
  CHECK(a.looks_at == std::vector<std::string>{"volume", "avg_over(volume, 600s)"});
  CHECK(a.shared_bytes == 0);
  CHECK(a.bytes > 6 * 60 * sizeof(double) * 2);  // 60 samples of a time and a value
  const auto& b = compiled.costs[1];
  CHECK(b.instances == 1);
  CHECK(b.steps == 0);
  CHECK(a.bytes + b.bytes < compiled.evaluator->bytes());
}

TEST_CASE("the costs of all rules and the tables of points are what the engine takes") {
  World world;
  World bare;
  auto record = named("busy", "sum(volume) by (device)");
  record.recorded = model::DerivedSpec{};
  const auto compiled = compile(world, {record, named("a", "rate(volume, 5m) > 1 and speed > 3"),
                                        named("c", "busy > 9"), named("d", "anomaly_score(level) > 0.3")});
  const auto least = compile(bare, {named("d", "level > 0.3")});
  std::size_t sum = 0;
  for (const auto& cost : compiled.costs) sum += cost.bytes;
  const auto points = least.evaluator->bytes() - least.costs[0].bytes;
  const auto all = static_cast<double>(compiled.evaluator->bytes());
  CHECK(static_cast<double>(sum + points) > 0.9 * all);
  CHECK(static_cast<double>(sum) < all);
}

TEST_CASE("what an earlier rule has made costs nothing more, and is told") {
  World world;
  const auto compiled =
      compile(world, {named("a", "avg_over(volume, 10m) > 3"), named("b", "avg_over(volume, 10m) > 5")});
  const auto& [a, b] = std::tie(compiled.costs[0], compiled.costs[1]);
  CHECK(b.steps == 0);
  CHECK(b.bytes < a.bytes / 4);
  CHECK(b.shared_bytes > a.bytes / 2);
  CHECK(b.shared_bytes < a.bytes);
}

TEST_CASE("rules that take more than there may be are refused with the biggest named") {
  World world;
  const std::vector<model::RuleSpec> rules{named("small", "level > 1"), named("big", "max_over(volume, 1d) > 3")};
  CHECK(compile(world, rules, 4U << 20U).evaluator != nullptr);
  World again;
  const auto compiled = compile(again, rules, 256U << 10U);
  CHECK(compiled.evaluator == nullptr);
  REQUIRE(compiled.problems.size() == 1);
  const auto& what = compiled.problems[0].what;
  INFO(what);
  CHECK(what.find("more than 256.0 KiB") != std::string::npos);
  CHECK(what.find("the biggest so far are site/big") != std::string::npos);
  CHECK(what.find("site/small") != std::string::npos);
}

TEST_CASE("rules can be compiled against points made of what they mention") {
  auto record = named("busy", "sum(load{side=\"left\"}) by (street)");
  record.recorded = model::DerivedSpec{};
  auto matched = named("b", "mode == \"eco\" or mode == \"off\"");
  matched.match = {{"kind", "lamp"}};
  auto good = named("c", "power > 3 and rain{device=\"station-1\"} == 0");
  good.needs_good = {"voltage"};
  const std::vector<model::RuleSpec> rules{record, named("a", "busy > 3"), matched, good, named("broken", "a >")};
  model::PointTable table;
  add_made_up_points(rules, 1s, table);
  const auto compiled = Evaluator::compile(rules, table);
  REQUIRE(compiled.problems.size() == 1);  // of the broken one
  CHECK(compiled.problems[0].what.find("ends too soon") != std::string::npos);
}

TEST_CASE("a problem stands at its own line where the text is folded") {
  World world;
  auto spec = rule("level > 1\nand levle > 2");
  spec.expr.pieces = {{0, 7, 11}, {10, 8, 11}};
  const auto compiled = compile(world, {spec});
  REQUIRE(compiled.problems.size() == 1);
  CHECK(compiled.problems[0].place.line == 8);
  CHECK(compiled.problems[0].place.column == 15);
  CHECK(compiled.problems[0].what == "no point has metric \"levle\" (nearest: \"level\")");
}

TEST_CASE("a broken alert does not hide what is wrong with the others") {
  World world;
  auto record = named("busy", "sum(volume) by (device)");
  record.recorded = model::DerivedSpec{};
  auto child = named("child", "level > 1");
  child.suppressed_by = {{"broken", {}, {"rules.yaml", 9, 1}}};
  const auto compiled = compile(world, {record, named("broken", "level >"), named("typo", "levle > 1"), child});
  std::string all;
  for (const auto& problem : compiled.problems) all += problem.what + "\n";
  INFO(all);
  CHECK(compiled.problems.size() == 2);
  CHECK(all.find("ends too soon") != std::string::npos);
  CHECK(all.find("levle") != std::string::npos);
}

}  // namespace
}  // namespace wayside::rules::test
