#include "cli/rules_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/rule_trial.hpp"
#include "cli/translation.hpp"
#include "config/scalars.hpp"
#include "device/driver.hpp"

namespace wayside::cli {
namespace {

class RulesTest {
 public:
  explicit RulesTest(const Common& common) : common_(common) {}

  int run(const std::vector<std::string>& files) {
    std::vector<std::string> rows;
    for (const auto& file : files) rows.push_back(run_file(file));
    if (common_.json) {
      fmt::print("{}\n", json_object({{"files", json_list(rows)},
                                      {"passed", std::to_string(passed_)},
                                      {"failed", std::to_string(failed_)}}));
    } else if (failed_ > 0) {
      tr_print("{} of {} tests failed\n", failed_, failed_ + passed_);
    } else if (!bad_file_) {
      tr_print("{} tests passed\n", passed_);
    }
    if (missing_) return kExitNoInput;
    if (bad_file_) return kExitData;
    return failed_ > 0 ? 1 : 0;
  }

 private:
  // As JSON; with --json nothing is printed here.
  std::string run_file(const std::string& file) {
    std::error_code error;
    missing_ = missing_ || !std::filesystem::exists(file, error);
    auto loaded = config::load_rule_tests(file, device::driver_table());
    auto problems = std::move(loaded.problems);
    std::vector<std::string> tests;
    if (loaded.value) {
      const auto clock = pipeline::SiteClock::open(loaded.value->time_zone);
      if (!clock) problems.push_back({loaded.value->time_zone_place, clock.error().what});
      for (const auto& test : loaded.value->tests) {
        if (clock) tests.push_back(run_test(*loaded.value, test, **clock, problems));
      }
      // What is wrong with a rule is wrong in every test of the file.
      config::sort_problems(problems);
    }
    bad_file_ = bad_file_ || !problems.empty();
    if (!common_.json) {
      for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem.message());
    }
    return json_object({{"file", json_text(file)}, {"problems", json_problems(problems)}, {"tests", json_list(tests)}});
  }

  std::string run_test(const config::RuleTestFile& file, const config::RuleTest& test, const pipeline::SiteClock& clock,
                       std::vector<config::Problem>& problems) {
    auto result = try_rules(file, test, clock);
    const bool passed = result.problems.empty() && result.failures.empty();
    ++(passed ? passed_ : failed_);
    problems.insert(problems.end(), result.problems.begin(), result.problems.end());
    std::ranges::stable_sort(result.failures, {}, [](const TrialFailure& failure) { return failure.place.line; });
    if (!common_.json) {
      fmt::print("{}  {}\n", coloured(passed ? tr("PASS") : tr("FAIL"), passed ? Colour::good : Colour::bad),
                 test.name);
      for (const auto& failure : result.failures) fmt::print("      {}\n", sentence(failure));
    }
    std::vector<std::string> failures;
    for (const auto& failure : result.failures) failures.push_back(as_json(failure));
    return json_object(
        {{"name", json_text(test.name)}, {"passed", passed ? "true" : "false"}, {"failures", json_list(failures)}});
  }

  static std::string sentence(const TrialFailure& failure) {
    return model::message_at(
        failure.place, tr_format("at {}: {}: expected {}, got {}", config::duration_text(failure.at), failure.what,
                                 failure.expected, failure.got));
  }

  static std::string as_json(const TrialFailure& failure) {
    return json_object({{"file", json_text(failure.place.file)},
                        {"line", std::to_string(failure.place.line)},
                        {"column", std::to_string(failure.place.column)},
                        {"at", json_text(config::duration_text(failure.at))},
                        {"what", json_text(failure.what)},
                        {"expected", json_text(failure.expected)},
                        {"got", json_text(failure.got)}});
  }

  const Common& common_;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
  bool bad_file_ = false;
  bool missing_ = false;
};

}  // namespace

int rules_test(const Common& common, const std::vector<std::string>& files) { return RulesTest(common).run(files); }

}  // namespace wayside::cli
