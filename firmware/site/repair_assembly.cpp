#include "site/repair_assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/nearest.hpp"
#include "pipeline/greeting.hpp"
#include "rules/template.hpp"

namespace wayside::site {
namespace {

class Resolver {
 public:
  Resolver(const std::vector<RepairTarget>& targets, const config::GatewayConfig& config,
           std::vector<config::Problem>& problems)
      : targets_(targets), config_(config), problems_(problems) {}

  void resolve(const rules::RepairBinding& alarm, const model::RepairSpec& spec) {
    if (failed_.contains(&spec)) return;  // the other alarms of the rule would say the same
    for (const auto* target : devices_of(alarm, spec)) resolve(alarm, spec, *target);
  }
  std::vector<pipeline::Repair> take() { return std::move(repairs_); }

 private:
  void fail(const model::RepairSpec& spec, const rules::RepairBinding& alarm, std::string_view what) {
    if (!failed_.insert(&spec).second) return;
    problems_.push_back({spec.place, fmt::format("an action for '{}': {}", alarm.alarm, what)});
  }

  std::vector<const RepairTarget*> devices_of(const rules::RepairBinding& alarm, const model::RepairSpec& spec) {
    std::vector<const RepairTarget*> out;
    if (!spec.match.empty()) {
      for (const auto& target : targets_) {
        const bool all = std::ranges::all_of(spec.match, [&target](const auto& label) {
          if (label.first == "family") return target.config->profile.family == label.second;
          if (label.first == "device") return target.config->id.value == label.second;
          const auto found = target.config->labels.find(label.first);
          return found != target.config->labels.end() && found->second == label.second;
        });
        if (all) out.push_back(&target);
      }
      if (out.empty()) fail(spec, alarm, "no device has all the labels of 'match'");
      return out;
    }
    auto name = alarm.device.value;
    if (!spec.device.empty()) {
      const auto compiled = rules::Template::compile(spec.device);
      if (!compiled.error.empty()) {
        fail(spec, alarm, compiled.error);
        return out;
      }
      if (!compiled.text.expressions().empty()) {
        fail(spec, alarm, "a device is named by {{ $labels.NAME }}, not by an expression");
        return out;
      }
      name = compiled.text.render("", alarm.labels, {});
    }
    const auto found =
        std::ranges::find_if(targets_, [&name](const auto& target) { return target.config->id.value == name; });
    if (found != targets_.end()) {
      out.push_back(&*found);
      return out;
    }
    std::vector<std::string> names;
    for (const auto& target : targets_) names.push_back(target.config->id.value);
    fail(spec, alarm, fmt::format("no device '{}'{}", name, base::hint(name, names)));
    return out;
  }

  void resolve(const rules::RepairBinding& alarm, const model::RepairSpec& spec, const RepairTarget& target) {
    const auto& device = *target.config;
    pipeline::Repair repair{alarm.alarm, spec, device.id, {}, device.responsible};
    if (spec.kind == model::RepairKind::set_up) {
      const bool frames = target.driver->plan().protocol != nullptr;
      if (frames || pipeline::setup_for(device.profile, device.options).empty()) {
        return fail(spec, alarm, fmt::format("{} has no set-up: its profile says none", device.id.value));
      }
    } else if (!find_point(alarm, spec, target, repair)) {
      return;
    }
    const auto twin = std::ranges::any_of(repairs_, [&repair](const auto& one) { return one.key() == repair.key(); });
    if (twin) return fail(spec, alarm, fmt::format("'{}' is there twice", repair.title()));
    repairs_.push_back(std::move(repair));
  }

  bool find_point(const rules::RepairBinding& alarm, const model::RepairSpec& spec, const RepairTarget& target,
                  pipeline::Repair& repair) {
    const auto& id = target.config->id;
    const auto points = target.driver->points();
    const auto named = [&points](const std::string& name) {
      return std::ranges::find(points, name, &device::PointSpec::name);
    };
    auto found = named(spec.point);
    if (found == points.end() && !alarm.instance.empty() && id == alarm.device) {
      found = named(alarm.instance + "." + spec.point);
    }
    if (found == points.end()) {
      found = std::ranges::find(points, spec.point, &device::PointSpec::metric);
      if (found != points.end() && std::ranges::count(points, spec.point, &device::PointSpec::metric) > 1) {
        fail(spec, alarm,
             fmt::format("{} has several points '{}': name one, such as '{}'", id.value, spec.point, found->name));
        return false;
      }
    }
    if (found == points.end()) {
      std::vector<std::string> names;
      for (const auto& point : points) names.push_back(point.name);
      fail(spec, alarm, fmt::format("{} has no point '{}'{}", id.value, spec.point, base::hint(spec.point, names)));
      return false;
    }
    repair.point = found->name;
    if (!target.commands->allowed[static_cast<std::size_t>(found - points.begin())]) {
      fail(spec, alarm, fmt::format("{} is not in commands.allow of {}", found->name, id.value));
      return false;
    }
    return values_fit(alarm, spec, *found);
  }

  bool values_fit(const rules::RepairBinding& alarm, const model::RepairSpec& spec, const device::PointSpec& point) {
    std::vector<std::string> values;
    for (const auto& text : {spec.value, spec.off, spec.afterwards}) {
      if (!text.empty()) values.push_back(text);
    }
    for (const auto& step : spec.plan) {
      values.push_back(step.value);
      if (step.from == model::PlanStep::From::clock || config_.position) continue;
      fail(spec, alarm, "a plan by the sun needs the gateway's position");
      return false;
    }
    for (const auto& text : values) {
      const auto value = pipeline::read_value(text, point);
      if (value) continue;
      fail(spec, alarm, value.error().what);
      return false;
    }
    return true;
  }

  const std::vector<RepairTarget>& targets_;
  const config::GatewayConfig& config_;
  std::vector<config::Problem>& problems_;
  std::set<const model::RepairSpec*> failed_;
  std::vector<pipeline::Repair> repairs_;
};

}  // namespace

std::vector<pipeline::Repair> assemble_repairs(const std::vector<rules::RepairBinding>& bindings,
                                               const std::vector<RepairTarget>& targets,
                                               const config::GatewayConfig& config,
                                               std::vector<config::Problem>& problems) {
  Resolver resolver(targets, config, problems);
  for (const auto& alarm : bindings) {
    for (const auto& spec : *alarm.actions) resolver.resolve(alarm, spec);
  }
  return resolver.take();
}

}  // namespace wayside::site
