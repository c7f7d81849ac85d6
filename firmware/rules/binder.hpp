// Which points a rule looks at: every set of points it fits becomes an instance, with an alarm (or a derived point) of
// its own. Used while rules are compiled. Pure functions over the scopes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/evaluator.hpp"
#include "rules/rule.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {

struct Binding {
  model::DeviceId device;
  std::string instance;                    // "lane-2"; empty: the device itself
  model::PointHandle home{};               // whose place and, of an instance, whose labels the alarm has
  std::vector<model::PointHandle> points;  // one per reference of the rule
  // Of a rule that only aggregates: the labels of its group. Its device is then the gateway, unless they name one.
  std::map<std::string, std::string> group;
};

// The sets of points an aggregation runs over. Its references may have selectors, which here only leave out.
struct Member {
  model::PointHandle home{};
  std::vector<model::PointHandle> points;  // one per reference of the aggregation
  std::vector<std::string> key;            // its values of the labels `by`
};
[[nodiscard]] std::vector<Member> find_members(const AggregateSpec& spec, const model::LabelFilter& match,
                                               const Scopes& scopes);
// The same labels where a rule stands that also reads points of its own; a label it does not have is empty.
[[nodiscard]] std::vector<std::string> key_of(const AggregateSpec& spec, model::PointHandle home,
                                              const model::PointTable& points);

// `members`: by aggregation of the rule. Empty when something is wrong; then `problems` has grown.
[[nodiscard]] std::vector<Binding> bind_rule(const Rule& rule, const Scopes& scopes,
                                             const std::vector<std::vector<Member>>& members,
                                             const std::string& gateway, std::vector<Problem>& problems);

}  // namespace wayside::rules
