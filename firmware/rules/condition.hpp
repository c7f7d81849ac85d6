// One condition of the rules' language on its own: an interlock ("may close only if the pump is off"). Bare metrics
// are those of its device (first of the instance, then of the device itself); a selector with `device` reaches others.
// Home: core. The point table must outlive it and keep its points.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/point_table.hpp"
#include "model/rule_spec.hpp"
#include "rules/evaluator.hpp"
#include "rules/inputs.hpp"
#include "rules/language/program.hpp"

namespace wayside::rules {

class Condition {
 public:
  struct Compiled {
    std::unique_ptr<Condition> condition;  // null when there are problems
    std::vector<Problem> problems;
  };
  struct Verdict {
    std::optional<bool> truth;     // none: unknown
    std::vector<std::string> bad;  // inputs that cannot be used now: "pump-3.running: bad_no_communication"
  };

  // `instance`: where the metrics are looked for first ("lane-2"); empty: the device itself.
  // Problems: a text that does not parse or uses no point, a metric that the device does not have (with the nearest).
  [[nodiscard]] static Compiled compile(const model::ExpressionText& text, const model::DeviceId& device,
                                        std::string_view instance, const model::PointTable& points);

  [[nodiscard]] Verdict evaluate(base::BootTime now) const;
  [[nodiscard]] std::span<const model::PointHandle> points() const { return points_; }

 private:
  Condition(Program program, std::vector<model::PointHandle> points, std::vector<double> names,
            const model::PointTable& table);

  Program program_;
  std::vector<model::PointHandle> points_;  // by reference
  std::vector<double> names_;               // the numbers of named values
  Inputs inputs_;
};

}  // namespace wayside::rules
