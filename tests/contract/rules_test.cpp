// Every ready rule pack fits some product of its family, or a site of all of them: metrics are there, units fit,
// functions take what they get.
#include "contract/products.hpp"
#include "rules/evaluator.hpp"

namespace wayside::contract {
namespace {

using Labels = std::map<std::string, std::string>;

void add_points(model::PointTable& table, const Product& product, const Driver& driver, const std::string& device,
                const Labels& labels) {
  for (const auto& spec : driver.points()) {
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = spec.name;
    info.metric = spec.metric;
    info.labels = spec.labels;
    info.labels.insert(labels.begin(), labels.end());
    info.labels["device"] = info.device.value;
    info.labels["family"] = product.profile.family;
    info.unit = spec.unit;
    info.values = spec.values;
    info.period = spec.period.value_or(product.profile.period);
    table.add(std::move(info));
  }
}

std::string problems_of(const std::vector<model::RuleSpec>& rules, model::PointTable table) {
  const rules::Evaluator::Site site{"gateway", model::Position{31.2, 121.5}, nullptr};
  const auto compiled = rules::Evaluator::compile(rules, table, site);
  std::string out;
  for (const auto& problem : compiled.problems) out += model::message_at(problem.place, problem.what) + "\n";
  return out;
}

model::PointTable device_of(const Product& product) {
  const auto driver = make(product);
  REQUIRE(driver.has_value());
  model::PointTable table;
  add_points(table, product, **driver, "device", {});
  return table;
}

// What packs of several devices go by: two of each product, one on either side.
model::PointTable site_of(const device::DriverFamily* family, const std::vector<Product>& all) {
  model::PointTable table;
  for (const auto& product : all) {
    if (product.family != family) continue;
    const auto driver = make(product);
    REQUIRE(driver.has_value());
    for (const std::string side : {"in", "out"}) {
      add_points(table, product, **driver, product.profile.name + "-" + side,
                 {{"side", side}, {"feeder", "1"}, {"link", "1"}, {"station", "1"}});
    }
  }
  return table;
}

TEST_CASE("every rule pack fits a product as it stands, or a site of all of them") {
  const auto all = products();
  for (const auto* family : device::driver_table()) {
    for (const auto& file : yaml_files(kDrivers / family->name / "rules")) {
      const auto loaded = config::load_rules(file.string());
      REQUIRE(loaded.value);
      std::string told;
      bool fits = false;
      for (const auto& product : all) {
        if (fits || product.family != family) continue;
        const auto problems = problems_of(*loaded.value, device_of(product));
        fits = problems.empty();
        told += product.profile.name + ":\n" + problems;
      }
      if (!fits) {
        const auto problems = problems_of(*loaded.value, site_of(family, all));
        fits = problems.empty();
        told += "a site:\n" + problems;
      }
      INFO(file << "\n" << told);
      CHECK(fits);
    }
  }
}

}  // namespace
}  // namespace wayside::contract
