#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "cli/dictionary.hpp"
#include "cli/profiles.hpp"
#include "cli/rule_points.hpp"
#include "device/driver.hpp"
#include "pipeline/site_clock.hpp"
#include "rules/evaluator.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;
using Rules = std::vector<model::RuleSpec>;

// A profile says nothing of a site: one that has the sun.
constexpr model::Position kSomewhere{31.2, 121.5};

std::vector<device::PointSpec> points_with(const device::Profile& profile, const device::Options& options) {
  const auto families = device::driver_table();
  const auto family = std::ranges::find(families, std::string_view(profile.family), &device::DriverFamily::name);
  if (family == families.end()) return {};
  const auto driver = (*family)->make({profile, options, profile.period});
  if (!driver) return {};
  const auto points = (*driver)->points();
  return {points.begin(), points.end()};
}

// Of <family>/profiles/x.yaml: <family>/rules/*.yaml.
std::vector<std::string> rules_beside(const fs::path& profiles) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator it(profiles / ".." / "rules", error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".yaml") out.push_back(it->path().lexically_normal().string());
  }
  std::ranges::sort(out);
  return out;
}

class Collector {
 public:
  void installed(const std::vector<std::string>& folders) {
    std::map<fs::path, std::vector<device::Profile>> by_folder;
    for (const auto& found : find_profiles(folders)) {
      auto loaded = config::load_profile(found.file, device::driver_table());
      if (loaded.value) by_folder[fs::path(found.file).parent_path()].push_back(*std::move(loaded.value));
    }
    for (const auto& [folder, profiles] : by_folder) {
      for (const auto& profile : profiles) add(pipeline::dictionary_items(profile, points_of(profile), {}));
      Rules rules;
      for (const auto& file : rules_beside(folder)) config::read_rules(file, rules, out_.problems);
      model::PointTable points;
      add_points(profiles, rules, points);
      compile(rules, points, {"gateway", kSomewhere, nullptr, config::GatewayConfig{}.rules_memory});
    }
  }

  void site(const std::string& file) {
    const auto loaded = config::load_gateway(file, device::driver_table());
    add(loaded.problems);
    if (!loaded.value) return;
    const auto& config = *loaded.value;
    out_.head.gateway = config.id.value;
    for (const auto& device : config.devices) {
      add(pipeline::dictionary_items(device.profile, points_with(device.profile, device.options),
                                     device.responsible.department));
    }
    model::PointTable points;
    add_points(config, points, out_.problems);
    const auto clock = pipeline::SiteClock::open(config.time_zone);
    if (!clock) out_.problems.push_back({config.time_zone_place, clock.error().what});
    if (clock) compile(config.rules, points, {config.id.value, config.position, clock->get(), config.rules_memory});
  }

  CollectedDictionary take() {
    out_.dictionary = pipeline::make_dictionary(items_.take());
    config::sort_problems(out_.problems);
    return std::move(out_);
  }

 private:
  // Recording rules add their points to the table.
  void compile(const Rules& rules, model::PointTable& points, rules::Evaluator::Site site) {
    auto compiled = rules::Evaluator::compile(rules, points, std::move(site));
    for (auto& problem : compiled.problems) out_.problems.push_back({problem.place, std::move(problem.what)});
    add(pipeline::dictionary_items(points, rules));
  }

  void add(std::vector<pipeline::DictionaryItem> items) { items_.add(std::move(items)); }
  void add(const std::vector<config::Problem>& more) {
    out_.problems.insert(out_.problems.end(), more.begin(), more.end());
  }

  pipeline::DictionaryItems items_;
  CollectedDictionary out_{{}, {WAYSIDE_VERSION, {}}, {}};
};

}  // namespace

std::vector<device::PointSpec> points_of(const device::Profile& profile) {
  auto options = profile.defaults;
  for (const auto& group : profile.groups) {
    if (group.default_count == 0) options.emplace(group.count_option, "1");
  }
  auto out = points_with(profile, options);
  if (!out.empty()) return out;
  auto expanded = device::expand(profile, options);
  return expanded ? *std::move(expanded) : profile.points;
}

CollectedDictionary collect_dictionary(const DictionaryCommand& command) {
  Collector collector;
  if (command.config.empty()) {
    collector.installed(command.folders.empty() ? default_folders() : command.folders);
  } else {
    collector.site(command.config);
  }
  return collector.take();
}

}  // namespace wayside::cli
