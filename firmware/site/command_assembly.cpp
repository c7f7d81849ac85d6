#include "site/command_assembly.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace wayside::site {
namespace {

std::vector<std::size_t> named(const device::Driver& driver, const std::string& name) {
  std::vector<std::size_t> out;
  const auto points = driver.points();
  for (std::size_t n = 0; n < points.size(); ++n) {
    if (points[n].name == name || points[n].metric == name) out.push_back(n);
  }
  return out;
}

std::string no_point(const config::DeviceConfig& device, const device::Driver& driver, const std::string& name,
                     std::string_view where) {
  std::vector<std::string> names;
  for (const auto& point : driver.points()) {
    names.push_back(point.name);
    if (std::ranges::find(names, point.metric) == names.end()) names.push_back(point.metric);
  }
  return fmt::format("{} of device {}: it has no point '{}'{}", where, device.id.value, name, base::hint(name, names));
}

std::string instance_of(const device::PointSpec& spec) {
  const auto dot = spec.name.rfind('.');
  return spec.name == spec.metric || dot == std::string::npos ? "" : spec.name.substr(0, dot);
}

std::vector<model::Value> values_of(const config::DeviceConfig& device, const config::InterlockConfig& lock,
                                    const device::PointSpec& spec, std::vector<config::Problem>& problems) {
  std::vector<model::Value> out;
  for (const auto& text : lock.when) {
    auto value = pipeline::read_value(text, spec);
    if (value) {
      out.push_back(std::move(*value));
    } else {
      problems.push_back(
          {lock.place, fmt::format("interlock of {}: {}", model::point_id(device.id, spec.name), value.error().what)});
    }
  }
  return out;
}

}  // namespace

AssembledCommands assemble_commands(const config::DeviceConfig& device, const device::Driver& driver,
                                    const model::PointTable& points, std::vector<config::Problem>& problems) {
  AssembledCommands out;
  out.allowed.resize(driver.points().size());
  for (const auto& name : device.commands.allow) {
    const auto found = named(driver, name);
    if (found.empty()) problems.push_back({device.place, no_point(device, driver, name, "commands.allow")});
    for (const auto n : found) out.allowed[n] = true;
  }
  out.local_only.resize(driver.points().size());
  for (const auto& name : device.commands.local_only) {
    for (const auto n : named(driver, name)) out.local_only[n] = true;
  }
  for (const auto& lock : device.commands.interlocks) {
    const auto found = named(driver, lock.point);
    if (found.empty()) problems.push_back({lock.place, no_point(device, driver, lock.point, "an interlock")});
    for (const auto n : found) {
      auto compiled =
          rules::Condition::compile({lock.only_if, lock.place}, device.id, instance_of(driver.points()[n]), points);
      for (auto& problem : compiled.problems) {
        problems.push_back(
            {problem.place,
             fmt::format("interlock of {}: {}", model::point_id(device.id, driver.points()[n].name), problem.what)});
      }
      const auto known = problems.size();
      auto when = values_of(device, lock, driver.points()[n], problems);
      if (!compiled.condition || problems.size() > known) break;  // the others of a group would say the same
      out.interlocks.push_back(
          {static_cast<std::uint32_t>(n), std::move(when), lock.only_if, std::move(compiled.condition)});
    }
  }
  return out;
}

}  // namespace wayside::site
