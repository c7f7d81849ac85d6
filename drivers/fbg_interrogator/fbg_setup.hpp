// What the options of an interrogator say about its sensors. Pure functions over values; any thread.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "device/driver.hpp"
#include "fbg_interrogator/fbg_maths.hpp"
#include "fbg_interrogator/peaks.hpp"

namespace wayside::drivers::fbg {

inline constexpr std::size_t kMostSensors = 200;
// No grating of this band lies outside.
inline constexpr double kLeastNm = 1400;
inline constexpr double kMostNm = 1700;

struct Sensor {
  bool is_strain = false;
  std::optional<std::size_t> beside;  // the temperature sensor that a strain sensor is compensated by
  TemperatureSensor temperature;
  StrainSensor strain;
};

struct Setup {
  int channel = 0;
  std::vector<Window> windows;
  std::vector<Sensor> sensors;
  std::vector<std::size_t> order;  // along the fibre
  std::size_t break_sensors = 2;
};

[[nodiscard]] std::span<const device::OptionSpec> options();

// Errors (Errc::config), with the option's name.
[[nodiscard]] base::Result<Setup> read_setup(const device::DriverConfig& config, std::size_t sensors);

}  // namespace wayside::drivers::fbg
