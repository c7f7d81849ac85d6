// The functions that learn, as features: each takes a detector (detect/) and feeds it. Used while rules are compiled.
#pragma once

#include <memory>

#include "rules/features/feature.hpp"
#include "rules/formula.hpp"

namespace wayside::rules {

// Requires: the function is of kind `detector`. `period_s`: between samples, 0 where not known.
[[nodiscard]] std::unique_ptr<Feature> make_learned(const FeatureSpec& spec, double period_s);

}  // namespace wayside::rules
