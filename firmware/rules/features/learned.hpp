// The functions that learn, as features: each takes a detector (detect/) and feeds it. Used while rules are compiled.
#pragma once

#include <memory>
#include <string>

#include "rules/features/feature.hpp"
#include "rules/formula.hpp"

namespace wayside::rules {

// What is wrong with the arguments of a detector; empty: nothing.
[[nodiscard]] std::string refuse_learned(const FeatureSpec& spec);
// Requires: the function is of kind `detector`, refuse_learned() found nothing.
[[nodiscard]] std::unique_ptr<Feature> make_learned(const FeatureSpec& spec);

}  // namespace wayside::rules
