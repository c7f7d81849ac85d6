// wayside-bench CASE [--json]: figures as ratios to a ceiling of the same run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/log.hpp"
#include "bench/cases.hpp"

int main(int argc, char** argv) {
  using namespace wayside;  // NOLINT(google-build-using-namespace)
  CLI::App app{"Benchmarks of wayside: each figure is a ratio to a ceiling measured or computed in the same run.",
               "wayside-bench"};
  bench::Settings settings;
  std::string which;
  std::string known;
  for (const auto& each : bench::kCases) known += fmt::format("\n  {:<12} {}", each.name, each.what);
  app.add_option("case", which, "Which case, or 'all':" + known)->required();
  app.add_flag("--json", settings.json, "One JSON object a line");
  app.add_option("--seconds", settings.seconds, "Length of one measurement")->check(CLI::Range(0.5, 600.0));
  app.add_option("--rounds", settings.rounds, "Interleaved measurements; the median counts")->check(CLI::Range(1, 99));
  CLI11_PARSE(app, argc, argv);
  base::log::set_level(base::log::Level::off);
  bool found = false;
  for (const auto& each : bench::kCases) {
    if (which != "all" && which != each.name) continue;
    found = true;
    each.run(settings);
  }
  if (!found) bench::give_up("no case '" + which + "'; known:" + known);
  return 0;
}
