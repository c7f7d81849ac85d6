#include "bench/report.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

namespace wayside::bench {

bool Result::met() const {
  const bool ratio_met = goal == 0 || (at_most ? ratio() <= goal : ratio() >= goal);
  return ratio_met && further_conditions && (!cpu_ratio || *cpu_ratio <= cpu_goal);
}

void print(const Settings& settings, const Result& r) {
  if (settings.json) {
    std::string line = fmt::format(
        R"({{"case":"{}","variant":"{}","ours":{:.4g},"ceiling":{:.4g},"ratio":{:.4f},"unit":"{}","goal":{},"met":{})",
        r.name, r.variant, r.ours, r.ceiling, r.ratio(), r.unit, r.goal, r.met());
    if (r.cpu_ratio) line += fmt::format(R"(,"cpu_ratio":{:.4f},"cpu_goal":{})", *r.cpu_ratio, r.cpu_goal);
    for (const auto& [name, value] : r.more) line += fmt::format(R"(,"{}":{:.6g})", name, value);
    fmt::print("{}}}\n", line);
  } else {
    const auto verdict =
        r.goal == 0 ? std::string("(no goal)")
                    : fmt::format("(goal {} {}) {}", r.at_most ? "<=" : ">=", r.goal, r.met() ? "met" : "NOT MET");
    fmt::print("{:<12} {:<28} {:>10.4g} of {:>10.4g} {:<16} {:.3f} {}\n", r.name, r.variant, r.ours, r.ceiling, r.unit,
               r.ratio(), verdict);
    if (r.cpu_ratio) fmt::print("{:<12} CPU a transaction {:.3f} (goal <= {})\n", "", *r.cpu_ratio, r.cpu_goal);
    for (const auto& [name, value] : r.more) fmt::print("{:<12} {} = {:.6g}\n", "", name, value);
  }
  std::fflush(stdout);
}

void give_up(const std::string& why) {
  fmt::print(stderr, "wayside-bench: {}\n", why);
  std::exit(1);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace wayside::bench
