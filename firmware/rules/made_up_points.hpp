// Points made from what rules mention, so that they can be checked before there is a device: a device a set of `match`
// labels, with every metric, selector and label that is spoken of. Units and other values than the named ones are not
// known. Used by tools.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <span>
#include <string>

#include "model/point_table.hpp"
#include "model/rule_spec.hpp"

namespace wayside::rules {

// Leaves out texts that do not parse: compile() tells of them. What a recording rule makes is not made up.
void add_made_up_points(std::span<const model::RuleSpec> rules, std::chrono::microseconds period,
                        model::PointTable& points);

// The labels that rules group or pick by, with the values that are written out (none: any will do), but for `device`.
[[nodiscard]] std::map<std::string, std::set<std::string>> mentioned_labels(std::span<const model::RuleSpec> rules);

}  // namespace wayside::rules
