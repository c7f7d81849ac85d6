// Every ready rule pack fits some product of its family: metrics are there, units fit, functions take what they get.
#include "contract/products.hpp"
#include "rules/evaluator.hpp"

namespace wayside::contract {
namespace {

model::PointTable points_of(const Product& product, const Driver& driver) {
  model::PointTable table;
  for (const auto& spec : driver.points()) {
    model::PointInfo info;
    info.device = model::DeviceId{"device"};
    info.name = spec.name;
    info.metric = spec.metric;
    info.labels = spec.labels;
    info.labels["device"] = info.device.value;
    info.labels["family"] = product.profile.family;
    info.unit = spec.unit;
    info.values = spec.values;
    info.period = spec.period.value_or(product.profile.period);
    table.add(std::move(info));
  }
  return table;
}

std::string problems_of(const std::vector<model::RuleSpec>& rules, const Product& product) {
  const auto driver = make(product);
  REQUIRE(driver.has_value());
  auto table = points_of(product, **driver);
  const rules::Evaluator::Site site{"gateway", model::Position{31.2, 121.5}, nullptr};
  const auto compiled = rules::Evaluator::compile(rules, table, site);
  std::string out;
  for (const auto& problem : compiled.problems) out += model::message_at(problem.place, problem.what) + "\n";
  return out;
}

TEST_CASE("every rule pack fits a product as it stands") {
  const auto all = products();
  for (const auto* family : device::driver_table()) {
    for (const auto& file : yaml_files(kDrivers / family->name / "rules")) {
      const auto loaded = config::load_rules(file.string());
      REQUIRE(loaded.value);
      std::string told;
      bool fits = false;
      for (const auto& product : all) {
        if (fits || product.family != family) continue;
        const auto problems = problems_of(*loaded.value, product);
        fits = problems.empty();
        told += product.profile.name + ":\n" + problems;
      }
      INFO(file << "\n" << told);
      CHECK(fits);
    }
  }
}

}  // namespace
}  // namespace wayside::contract
