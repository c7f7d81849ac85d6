// What a rule takes, known when it is compiled: for `wayside rules check`, and for the bound of the config. Values.
//
// Counted is what an instance brings with it: its cells, its share of the tables, its windows and detectors, its place
// in the engine. What an earlier rule has made already and this one reads too (a window over the same points, an
// aggregation) costs nothing more, and is told beside it. Not counted: points, which are there without rules, and the
// few hundred bytes of an alarm that ever left normal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/rule_spec.hpp"

namespace wayside::rules {

struct Parts;

struct RuleCost {
  std::string rule;  // "group/name"
  model::SourcePlace place;
  bool records = false;
  std::vector<std::string> looks_at;  // points, then functions and aggregations: "power", "avg_over(power, 5m)"
  std::size_t instances = 0;
  std::size_t cells = 0;         // that one instance reads
  std::size_t steps = 0;         // that were made for it: functions, members, aggregations, recordings of all instances
  std::size_t bytes = 0;         // of all instances
  std::size_t shared_bytes = 0;  // of what earlier rules made
};

// As a person would write what the parts of a rule read.
[[nodiscard]] std::vector<std::string> what_it_reads(const Parts& parts);

// "rules take more than 64 MiB: ..." and the biggest of them. `complete`: all rules are among the costs.
[[nodiscard]] std::string too_much_memory(std::span<const RuleCost> costs, std::size_t limit, bool complete);

}  // namespace wayside::rules
