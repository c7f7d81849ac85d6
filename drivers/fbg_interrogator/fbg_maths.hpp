// From the wavelength of a grating to temperature and strain. Pure functions; any thread.
//
//   (w - w0) / w0 = k * strain + (alpha + xi) * (T - T0)        w0: the wavelength at T0 without strain
//
// k = 1 - p_e, about 0.78 [S]; alpha + xi, expansion of glass and thermo-optic coefficient, about 6.5e-6 / K [S]: near
// 1550 nm that is 1.2 pm a microstrain and 10 pm a kelvin. Makers give for a temperature sensor a quadratic:
//   T = s2 * (w - w0)^2 + s1 * (w - w0) + T0
#pragma once

namespace wayside::drivers::fbg {

struct TemperatureSensor {
  double w0 = 1550;  // nm
  double t0 = 20;    // Cel
  double s1 = 100;   // K / nm
  double s2 = 0;     // K / nm^2
};

struct StrainSensor {
  double w0 = 1550;         // nm
  double t0 = 20;           // Cel
  double k = 0.78;          // relative shift per strain
  double thermal = 6.5e-6;  // relative shift per K
  // What it is glued to expands by so much more than the fibre, 1/K: apparent strain that no load makes.
  double structure = 0;
};

[[nodiscard]] double temperature(const TemperatureSensor& sensor, double nm);
// In 1e-6; temperature in Cel of a sensor beside it.
[[nodiscard]] double strain(const StrainSensor& sensor, double nm, double temperature);

}  // namespace wayside::drivers::fbg
