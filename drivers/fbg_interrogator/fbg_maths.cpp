#include "fbg_interrogator/fbg_maths.hpp"

namespace wayside::drivers::fbg {

double temperature(const TemperatureSensor& s, double nm) {
  const double shift = nm - s.w0;
  return s.s2 * shift * shift + s.s1 * shift + s.t0;
}

double strain(const StrainSensor& s, double nm, double temperature) {
  const double warmer = temperature - s.t0;
  const double shift = (nm - s.w0) / s.w0 - s.thermal * warmer;
  return (shift / s.k - s.structure * warmer) * 1e6;
}

}  // namespace wayside::drivers::fbg
