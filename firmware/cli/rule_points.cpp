#include "cli/rule_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "config/point_info.hpp"
#include "device/driver.hpp"
#include "pipeline/asset_points.hpp"
#include "pipeline/gateway_points.hpp"
#include "rules/made_up_points.hpp"

namespace wayside::cli {
namespace {
// Round and round.
std::ptrdiff_t at(std::size_t n, std::size_t size) { return static_cast<std::ptrdiff_t>(n % size); }
}  // namespace

std::vector<model::PointInfo> points_of(const config::DeviceConfig& device, std::vector<config::Problem>& problems) {
  const auto families = device::driver_table();
  const auto family = std::ranges::find(families, std::string_view(device.profile.family),
                                        [](const device::DriverFamily* f) { return f->name; });
  if (family == families.end()) {
    problems.push_back({device.place, "no driver family '" + device.profile.family + "'"});
    return {};
  }
  const auto driver = (*family)->make({device.profile, device.options, device.period});
  if (!driver) {
    problems.push_back({device.place, driver.error().in("device " + device.id.value).what});
    return {};
  }
  std::vector<model::PointInfo> out;
  for (const auto& spec : (*driver)->points()) out.push_back(config::point_info(device, spec));
  return out;
}

void add_points(const config::GatewayConfig& config, model::PointTable& points,
                std::vector<config::Problem>& problems) {
  std::vector<model::DeviceId> ids;
  for (const auto& device : config.devices) {
    for (auto& info : points_of(device, problems)) points.add(std::move(info));
    ids.push_back(device.id);
  }
  pipeline::add_asset_points(points, ids);
  if (config.uplink) pipeline::add_gateway_points(points, config.id, config.responsible);
}

void add_points(const std::vector<device::Profile>& profiles, std::span<const model::RuleSpec> rules,
                model::PointTable& points) {
  const auto labels = rules::mentioned_labels(rules);
  std::size_t most = 1;
  for (const auto& [label, values] : labels) most = std::max(most, values.size());
  std::vector<model::DeviceId> ids;
  for (const auto& profile : profiles) {
    for (std::size_t n = 0; n < most; ++n) {
      config::DeviceConfig device;
      device.id = model::DeviceId{n == 0 ? profile.name : fmt::format("{}-{}", profile.name, n + 1)};
      device.profile = profile;
      device.options = profile.defaults;
      device.period = profile.period;
      device.responsible.department = profile.department;
      std::vector<config::Problem> unfit;
      for (auto& info : points_of(device, unfit)) {
        for (const auto& [label, values] : labels) {  // those of the product stay
          const auto value = values.empty() ? std::string("1") : *std::next(values.begin(), at(n, values.size()));
          info.labels.emplace(label, value);
        }
        points.add(std::move(info));
      }
      ids.push_back(device.id);
    }
  }
  pipeline::add_asset_points(points, ids);
  pipeline::add_gateway_points(points, model::GatewayId{"gateway"}, {});
}

}  // namespace wayside::cli
