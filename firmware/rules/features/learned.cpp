#include "rules/features/learned.hpp"

#include "base/assert.hpp"

namespace wayside::rules {

std::unique_ptr<Feature> make_learned(const FeatureSpec& /*spec*/, double /*period_s*/) {
  WAYSIDE_ASSERT(false);
  return nullptr;
}

}  // namespace wayside::rules
