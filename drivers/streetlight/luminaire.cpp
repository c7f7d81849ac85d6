#include "streetlight/luminaire.hpp"

#include <algorithm>

namespace wayside::drivers {

double DimCurve::expected(double level) const {
  if (level <= 0) return 0;
  const double dimmed = std::clamp(level, level_minimum, 100.0);
  const double range = 100.0 - level_minimum;
  const double share = range > 0 ? (dimmed - level_minimum) / range : 1.0;
  return power_minimum + (power_nominal - power_minimum) * share;
}

base::Result<std::vector<Luminaire>> find_luminaires(Prepared& prepared) {
  std::vector<Luminaire> out;
  for (const auto power : with_role(prepared, "power")) {
    const auto level = beside(prepared, power, "level");
    if (!level) continue;
    auto expected = add_point(prepared, computed_from(prepared.points[power], "power_expected", "W",
                                                      "Power that the luminaire should draw at its level."));
    if (expected.has_error()) return expected.error();
    auto ratio = add_point(prepared, computed_from(prepared.points[power], "power_ratio", "1",
                                                   "Power that is drawn, as a share of what is expected."));
    if (ratio.has_error()) return ratio.error();
    out.push_back({*level, power, *expected, *ratio});
  }
  return out;
}

void compare_power(const std::vector<Luminaire>& luminaires, const DimCurve& curve, std::vector<model::Sample> read,
                   std::vector<model::Sample>& samples) {
  for (const auto& luminaire : luminaires) {
    const auto* level = find(read, luminaire.level);
    const auto* power = find(read, luminaire.power);
    if (level == nullptr || power == nullptr) continue;
    const auto quality = worst(level->quality, power->quality);
    const auto at = model::as_number(level->value);
    const auto drawn = model::as_number(power->value);
    if (is_bad(quality) || !at || !drawn) {
      samples.push_back({luminaire.expected, {}, quality});
      samples.push_back({luminaire.ratio, {}, quality});
      continue;
    }
    const double expected = curve.expected(*at);
    samples.push_back({luminaire.expected, expected, quality});
    if (expected > 0) {
      samples.push_back({luminaire.ratio, *drawn / expected, quality});
    } else {
      samples.push_back({luminaire.ratio, {}, model::Quality::bad_out_of_service});  // the lamp is off: no ratio
    }
  }
}

}  // namespace wayside::drivers
