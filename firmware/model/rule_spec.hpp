// A rule as its file says it: text, not yet compiled. Made by config from YAML, compiled by rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/data_class.hpp"

namespace wayside::model {

// Where in a file something stands, so that an error found later can still name it. Lines and columns from 1.
// A rule that has only moved is the same rule: all places compare equal, so that a comparison of what holds them is one
// of meaning.
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const SourcePlace& /*elsewhere*/) const { return true; }
};

// "file:line:column: what", as compilers write it.
[[nodiscard]] std::string message_at(const SourcePlace& place, std::string_view what);

enum class Severity : std::uint8_t { low, medium, high, critical };

[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);

// From this byte of a text on it stands here in its file, up to the next piece: a text may be folded or have escapes.
struct TextPiece {
  std::size_t offset = 0;
  int line = 0;
  int column = 0;
};

struct ExpressionText {
  std::string text;
  SourcePlace place;                   // of its first character, when it stands on one line
  std::vector<TextPiece> pieces = {};  // ascending; empty: not known, it stands on one line from `place` on
  bool operator==(const ExpressionText& other) const { return text == other.text; }
};

// Where a byte of a text stands in its file. Where pieces are not known the text is taken to stand on one line.
[[nodiscard]] SourcePlace place_in(const ExpressionText& text, std::size_t offset);

// Which devices a rule looks at: all of these labels must be equal. Empty: every device that has the points.
using LabelFilter = std::map<std::string, std::string>;

// A parent fault that hides this one: while an alarm of that rule is active whose labels `on` are equal.
struct Suppression {
  std::string rule;             // "name" of the same group, or "group/name"
  std::vector<std::string> on;  // labels; empty: the same device
  SourcePlace place;
  bool operator==(const Suppression&) const = default;
};

enum class RepairKind : std::uint8_t { command, power_cycle, set_up, light_plan };

// From then on, until the next step of the plan, the point has that value.
struct PlanStep {
  enum class From : std::uint8_t { clock, sunrise, sunset } from = From::clock;
  int minutes = 0;  // of the day; or after (negative: before) the sun
  std::string value;
  bool operator==(const PlanStep&) const = default;
};

// Something the gateway may do by itself about an alarm (`actions`).
struct RepairSpec {
  RepairKind kind = RepairKind::command;
  bool on_clear = false;  // when the alarm ends; default: when it is raised
  std::string device;     // with {{ $labels.x }}; empty: the alarm's
  LabelFilter match;      // instead of `device`: each device that has all of these labels
  std::string point;      // a point, or a metric of the alarm's instance, or of only one point; none for set_up
  std::string value;      // of command; of power_cycle what "on" is
  std::string off;        // of power_cycle
  std::chrono::microseconds off_for{};
  std::vector<PlanStep> plan;  // of light_plan, as written; the first is also what stands while no clock is trusted
  std::string afterwards;      // of light_plan: commanded when the alarm ends; empty: nothing
  std::uint32_t tries = 3;     // within `within`
  std::chrono::microseconds within = std::chrono::hours{1};
  std::chrono::microseconds again_after{};  // while the alarm stands; zero: one try each time it is raised
  SourcePlace place;
  bool operator==(const RepairSpec&) const = default;
};

// What a recording rule's point is, beside its value.
struct DerivedSpec {
  std::string unit;  // UCUM
  // For the data dictionary, as in a profile; without a definition its expression is one.
  std::string meaning;
  std::string definition;
  std::map<std::string, std::string> maps_to;
  std::map<std::string, std::string> maps_to_unverified;
  std::string since;
  std::string changed;
  std::optional<DataClass> data_class;  // default: the highest of its inputs
  std::optional<double> valid_min;
  std::optional<double> valid_max;
  bool operator==(const DerivedSpec&) const = default;
};

struct RuleSpec {
  std::string group;
  std::string name;                     // of a recording rule the metric of its point
  std::optional<DerivedSpec> recorded;  // given: a recording rule, and no alarm
  SourcePlace place;
  ExpressionText expr;
  std::optional<ExpressionText> clear;          // when given, the alarm clears on this and not on the end of expr
  std::chrono::microseconds hold_for{};         // `for`
  std::chrono::microseconds keep_firing_for{};  // `keep_firing_for`
  Severity severity = Severity::medium;
  std::string department;  // empty: the device's
  LabelFilter match;
  std::vector<std::string> needs_good;  // `requires`: metrics that must be good, or the rule is unknown
  std::vector<Suppression> suppressed_by;
  std::chrono::microseconds interval{};  // at most so often; 0: whenever an input changes
  std::map<std::string, std::string> labels;
  bool acknowledge = false;                                        // it stays until someone has seen it
  bool latch = false;                                              // and until someone has reset it
  std::chrono::microseconds realarm_after{};                       // zero: told once
  std::chrono::microseconds escalate_after{};                      // zero: never
  std::string escalate_to;                                         // who is to know then
  std::chrono::microseconds stale_after = std::chrono::hours{24};  // zero: never
  std::vector<RepairSpec> actions;
  std::map<std::string, std::string> annotations;  // summary, ...; {{ $value }}, {{ $labels.x }}, {{ expression }}
  // What $name stands for in its expressions: a number, a duration, else a text.
  std::map<std::string, std::string> parameters;

  [[nodiscard]] std::string id() const { return group + "/" + name; }
  bool operator==(const RuleSpec&) const = default;
};

}  // namespace wayside::model
