#include "cli/rules_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/nearest.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/rule_points.hpp"
#include "cli/translation.hpp"
#include "device/driver.hpp"
#include "pipeline/site_clock.hpp"
#include "rules/evaluator.hpp"
#include "rules/made_up_points.hpp"
#include "rules/rule.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;
using Rules = std::vector<model::RuleSpec>;

constexpr std::chrono::seconds kMadeUpPeriod{1};
// A profile says nothing of a site: one that has the sun.
constexpr model::Position kSomewhere{31.2, 121.5};

struct Cost {
  rules::RuleCost rule;
  std::string against;  // "9 profiles of drivers/streetlight/profiles"
};

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kKiB = 1024;
  constexpr std::size_t kMiB = kKiB * kKiB;
  if (bytes >= kMiB) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMiB);
  if (bytes >= kKiB) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / kKiB);
  return fmt::format("{} B", bytes);
}

class RulesCheck {
 public:
  RulesCheck(const Common& common, const RulesCheckCommand& command) : common_(common), command_(command) {}

  int run() {
    for (const auto& file : command_.files) {
      std::error_code error;
      missing_ = missing_ || !fs::exists(file, error);
    }
    if (command_.config.empty()) {
      check_files();
    } else {
      check_config();
    }
    config::sort_problems(problems_);
    print();
    if (problems_.empty()) return 0;
    return missing_ ? kExitNoInput : kExitData;
  }

 private:
  // Files that are checked against the same profiles are loaded together: rules of one pack read those of another.
  void check_files() {
    std::map<std::vector<std::string>, std::vector<std::string>> together;
    for (const auto& file : command_.files) together[profiles_for(file)].push_back(file);
    for (const auto& [profiles, files] : together) {
      Rules rules;
      if (!read(files, rules)) continue;
      model::PointTable points;
      std::string against = tr("points made from what the rules mention");
      if (profiles.empty()) {
        rules::add_made_up_points(rules, kMadeUpPeriod, points);
        notes_.push_back(
            tr_format("{}: no profile to check against: units and names of values are not checked, and "
                      "every point is taken to be read each second",
                      fmt::join(files, ", ")));
      } else {
        add_points(load(profiles), rules, points);
        against = tr_format("{} profile{}", profiles.size(), profiles.size() == 1 ? "" : "s");
      }
      compile(rules, points, {"gateway", kSomewhere, nullptr, limit_}, against);
    }
  }

  void check_config() {
    const auto loaded = config::load_gateway(command_.config, device::driver_table());
    std::error_code error;
    missing_ = missing_ || !fs::exists(command_.config, error);
    add(loaded.problems);
    Rules rules;
    const bool readable = read(command_.files, rules);
    if (!loaded.value || !readable) return;
    limit_ = loaded.value->rules_memory;
    // The rules of the site go with them, but not a file that is given here twice.
    std::set<std::string> given;
    for (const auto& file : command_.files) given.insert(fs::weakly_canonical(file, error).string());
    for (const auto& rule : loaded.value->rules) {
      if (!given.contains(fs::weakly_canonical(rule.place.file, error).string())) rules.push_back(rule);
    }
    model::PointTable points;
    add_points(*loaded.value, points, problems_);
    const auto clock = pipeline::SiteClock::open(loaded.value->time_zone);
    if (!clock) problems_.push_back({loaded.value->time_zone_place, clock.error().what});
    if (!problems_.empty()) return;
    compile(rules, points, {loaded.value->id.value, loaded.value->position, clock->get(), limit_},
            tr_format("{} devices of {}", loaded.value->devices.size(), command_.config));
  }

  // False: they cannot be compiled together. Then each expression was looked at by itself.
  bool read(const std::vector<std::string>& files, Rules& rules) {
    std::vector<config::Problem> found;
    for (const auto& file : files) config::read_rules(file, rules, found);
    if (found.empty()) return true;
    std::vector<rules::Problem> in_texts;
    for (const auto& rule : rules) {
      if (!rule.expr.text.empty()) static_cast<void>(rules::compile_rule(rule, in_texts));
    }
    add(found);
    for (auto& problem : in_texts) problems_.push_back({problem.place, std::move(problem.what)});
    return false;
  }

  void compile(const Rules& rules, model::PointTable& points, rules::Evaluator::Site site, const std::string& against) {
    auto compiled = rules::Evaluator::compile(rules, points, std::move(site));
    for (auto& problem : compiled.problems) problems_.push_back({problem.place, std::move(problem.what)});
    if (compiled.evaluator == nullptr) return;
    bytes_ += compiled.evaluator->bytes();
    for (auto& cost : compiled.costs) costs_.push_back({std::move(cost), against});
  }

  // Files of profiles: those that are named, else those beside <family>/rules/.
  std::vector<std::string> profiles_for(const std::string& file) {
    if (!command_.profiles.empty()) return named_profiles();
    const auto folder = fs::path(file).parent_path();
    std::error_code error;
    const auto beside = folder / ".." / "profiles";
    std::vector<std::string> out;
    if (fs::weakly_canonical(fs::absolute(folder, error), error).filename() != "rules") return out;
    if (!fs::is_directory(beside, error)) return out;
    for (const auto& found : find_profiles({beside.lexically_normal().string()})) out.push_back(found.file);
    return out;
  }

  const std::vector<std::string>& named_profiles() {
    if (!named_.empty() || !problems_.empty()) return named_;
    std::vector<ProfileFile> known;
    for (const auto& name : command_.profiles) {
      if (std::error_code error; fs::is_regular_file(name, error)) {
        named_.push_back(name);
        continue;
      }
      if (known.empty()) known = find_profiles(command_.folders.empty() ? default_folders() : command_.folders);
      const auto found = std::ranges::find(known, name, &ProfileFile::name);
      if (found != known.end()) {
        named_.push_back(found->file);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& one : known) names.push_back(one.name);
      problems_.push_back({{"--profile", 1, 1}, tr_format("no profile '{}'{}", name, base::hint(name, names))});
      missing_ = true;
    }
    return named_;
  }

  std::vector<device::Profile> load(const std::vector<std::string>& files) {
    std::vector<device::Profile> out;
    for (const auto& file : files) {
      auto loaded = config::load_profile(file, device::driver_table());
      add(loaded.problems);
      if (loaded.value) out.push_back(*std::move(loaded.value));
    }
    return out;
  }

  void add(const std::vector<config::Problem>& more) { problems_.insert(problems_.end(), more.begin(), more.end()); }

  void print() const {
    for (const auto& note : notes_) tr_error("note: {}\n", note);
    if (common_.json) return print_json();
    for (const auto& problem : problems_) fmt::print(stderr, "{}\n", problem.message());
    if (costs_.empty()) return;
    std::vector<Row> rows;
    for (const auto& [cost, against] : costs_) {
      const auto each = cost.bytes / std::max<std::size_t>(cost.instances, 1);
      rows.push_back({cost.rule, fmt::format("{}", cost.cells), fmt::format("{}", cost.steps), size_text(each),
                      cost.shared_bytes == 0 ? "-" : size_text(cost.shared_bytes), fmt::format("{}", cost.instances),
                      size_text(cost.bytes), fmt::format("{}", fmt::join(cost.looks_at, ", "))});
    }
    print_table({tr("RULE"), tr("CELLS"), tr("STEPS"), tr("PER INSTANCE"), tr("SHARED"), tr("INSTANCES"), tr("TOTAL"),
                 tr("LOOKS AT")},
                rows, {0});
    tr_print("\n{} rules, {} instances, {} with the tables of points; {} allowed; against {}\n", costs_.size(),
             instances(), size_text(bytes_), size_text(limit_), against());
  }

  [[nodiscard]] std::size_t instances() const {
    std::size_t out = 0;
    for (const auto& cost : costs_) out += cost.rule.instances;
    return out;
  }

  [[nodiscard]] std::string against() const {
    std::vector<std::string> out;
    for (const auto& cost : costs_) {
      if (std::ranges::find(out, cost.against) == out.end()) out.push_back(cost.against);
    }
    return fmt::format("{}", fmt::join(out, tr(" and ")));
  }

  void print_json() const {
    std::vector<std::string> rows;
    for (const auto& [cost, against] : costs_) {
      std::vector<std::string> looks_at;
      for (const auto& one : cost.looks_at) looks_at.push_back(json_text(one));
      rows.push_back(json_object({{"rule", json_text(cost.rule)},
                                  {"file", json_text(cost.place.file)},
                                  {"line", std::to_string(cost.place.line)},
                                  {"records", cost.records ? "true" : "false"},
                                  {"looks_at", json_list(looks_at)},
                                  {"cells", std::to_string(cost.cells)},
                                  {"steps", std::to_string(cost.steps)},
                                  {"instances", std::to_string(cost.instances)},
                                  {"bytes", std::to_string(cost.bytes)},
                                  {"shared_bytes", std::to_string(cost.shared_bytes)},
                                  {"against", json_text(against)}}));
    }
    fmt::print("{}\n", json_object({{"problems", json_problems(problems_)},
                                    {"rules", json_list(rows)},
                                    {"totals", json_object({{"rules", std::to_string(costs_.size())},
                                                            {"instances", std::to_string(instances())},
                                                            {"bytes", std::to_string(bytes_)},
                                                            {"limit", std::to_string(limit_)}})}}));
  }

  const Common& common_;
  const RulesCheckCommand& command_;
  std::vector<config::Problem> problems_;
  std::vector<std::string> notes_;
  std::vector<std::string> named_;
  std::vector<Cost> costs_;
  std::size_t bytes_ = 0;
  std::size_t limit_ = config::GatewayConfig{}.rules_memory;
  bool missing_ = false;
};

}  // namespace

int rules_check(const Common& common, const RulesCheckCommand& command) { return RulesCheck(common, command).run(); }

}  // namespace wayside::cli
