// What a luminaire should draw at the level it burns at, and what it draws: the model of TALQ 2.7's lamp attributes
// (powerAtMinimumDimLevel, powerLightGradient): linear between the minimum and full light.
//   P(d) = P_min + (P_nom - P_min) * (d - d_min) / (100 - d_min), 0 at d = 0; d in percent, below d_min as at d_min
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "common/family.hpp"

namespace wayside::drivers {

struct DimCurve {
  double power_nominal = 0;  // W at full light; 0: not known, nothing is computed
  double power_minimum = 0;  // W at level_minimum
  double level_minimum = 0;  // percent

  [[nodiscard]] double expected(double level) const;
};

// One luminaire of a device.
struct Luminaire {
  std::uint32_t level = 0;
  std::uint32_t power = 0;
  std::uint32_t expected = 0;  // computed: W
  std::uint32_t ratio = 0;     // computed: measured over expected; without a value while the lamp is off
};

// Every `power` that has a `level` beside; adds power_expected and power_ratio for each.
[[nodiscard]] base::Result<std::vector<Luminaire>> find_luminaires(Prepared& prepared);

// Appends the two computed samples where both measured ones came with this read.
void compare_power(const std::vector<Luminaire>& luminaires, const DimCurve& curve, std::vector<model::Sample> read,
                   std::vector<model::Sample>& samples);

}  // namespace wayside::drivers
