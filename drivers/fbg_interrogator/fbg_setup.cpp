#include "fbg_interrogator/fbg_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "common/named_items.hpp"

namespace wayside::drivers::fbg {

namespace {

constexpr std::array kOptions{
    device::OptionSpec{"channel", "0", "Optical channel of the interrogator, 0 to 7."},
    device::OptionSpec{"wavelengths",
                       "1512.5 1517.5 1522.5 1527.5 1532.5 1537.5 1542.5 1547.5 1552.5 1557.5 1562.5 1567.5 1572.5 "
                       "1577.5 1582.5 1587.5",
                       "Reference wavelength of each sensor in nm, ascending, from its calibration sheet."},
    device::OptionSpec{"window", "2", "How far in nm a sensor may move from its reference wavelength."},
    device::OptionSpec{"kinds", "t", "Of each sensor: t temperature, s3 strain beside temperature sensor 3, s strain."},
    device::OptionSpec{"s1", "100", "Of each temperature sensor, K/nm."},
    device::OptionSpec{"s2", "0", "Of each temperature sensor, K/nm^2."},
    device::OptionSpec{"reference_temperature", "20", "Of each sensor, Cel: where it has its reference wavelength."},
    device::OptionSpec{"gauge_factor", "0.78", "Of each strain sensor: relative shift per strain."},
    device::OptionSpec{"thermal_shift", "6.5", "Of each strain sensor: relative shift per K, 1e-6."},
    device::OptionSpec{"structure", "0", "Expansion of what a strain sensor is fixed to, beyond the fibre's, 1e-6/K."},
    device::OptionSpec{"order", "ascending", "Sensors along the fibre from the interrogator on, as numbers."},
    device::OptionSpec{"break_sensors", "2", "How many sensors at the end must be gone to call it a break."},
};

std::optional<std::size_t> sensor_number(std::string_view word, std::size_t count) {
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool good = problem == std::errc{} && end == word.data() + word.size() && number >= 1 && number <= count;
  return good ? std::optional(number - 1) : std::nullopt;
}

base::Result<std::vector<Window>> read_windows(const device::DriverConfig& config, std::size_t count) {
  const auto references = numbers_option(config, kOptions, "wavelengths", kLeastNm, kMostNm);
  if (references.has_error()) return references.error();
  const auto half = number_option(config, kOptions, "window", 0.01, 50);
  if (half.has_error()) return half.error();
  if (references->size() < count) {
    return config_error(fmt::format("option 'wavelengths': {} for {} sensors", references->size(), count));
  }
  std::vector<Window> windows;
  for (std::size_t i = 0; i < count; ++i) {
    const double reference = (*references)[i];
    if (i > 0 && reference - (*references)[i - 1] <= 2 * *half) {
      return config_error(
          fmt::format("option 'wavelengths' or 'window': {} nm and {} nm are not ascending and 2 x {} nm apart",
                      (*references)[i - 1], reference, *half));
    }
    windows.push_back({reference, *half});
  }
  return windows;
}

// A list that is shorter than the sensors are many goes on with its last word.
template <class T>
const T& at_or_last(const std::vector<T>& list, std::size_t i) {
  return list[std::min(i, list.size() - 1)];
}

base::Result<void> read_kinds(const device::DriverConfig& config, std::vector<Sensor>& sensors) {
  const auto words = words_of(text_option(config, kOptions, "kinds"));
  if (words.empty()) return config_error("option 'kinds': nothing in it; a word for each sensor, t or s or s3");
  for (std::size_t i = 0; i < std::max(sensors.size(), words.size()); ++i) {
    const auto& word = at_or_last(words, i);
    const auto beside =
        word.starts_with('s') ? sensor_number(std::string_view(word).substr(1), sensors.size()) : std::nullopt;
    if (word != "t" && word != "s" && !beside) {
      return config_error(fmt::format("option 'kinds': '{}' is none of t, s, s1 to s{}", word, sensors.size()));
    }
    if (i >= sensors.size()) continue;
    sensors[i].is_strain = word != "t";
    sensors[i].beside = beside;
  }
  for (const auto& sensor : sensors) {
    if (sensor.beside && sensors[*sensor.beside].is_strain) {
      return config_error(fmt::format("option 'kinds': sensor {} measures no temperature", *sensor.beside + 1));
    }
  }
  return {};
}

struct Sheet {
  std::vector<double> s1, s2, t0, k, thermal, structure;
};

base::Result<Sheet> read_sheet(const device::DriverConfig& config) {
  struct Column {
    std::string_view name;
    double min;
    double max;
    std::vector<double> Sheet::*place;
  };
  constexpr std::array kColumns{Column{"s1", -10'000, 10'000, &Sheet::s1},
                                Column{"s2", -10'000, 10'000, &Sheet::s2},
                                Column{"reference_temperature", -273, 1000, &Sheet::t0},
                                Column{"gauge_factor", 0.1, 10, &Sheet::k},
                                Column{"thermal_shift", 0, 1000, &Sheet::thermal},
                                Column{"structure", -1000, 1000, &Sheet::structure}};
  Sheet sheet;
  for (const auto& column : kColumns) {
    auto numbers = numbers_option(config, kOptions, column.name, column.min, column.max);
    if (numbers.has_error()) return numbers.error();
    sheet.*column.place = std::move(*numbers);
  }
  return sheet;
}

base::Result<std::vector<Sensor>> read_sensors(const device::DriverConfig& config, const std::vector<Window>& windows) {
  const auto sheet = read_sheet(config);
  if (sheet.has_error()) return sheet.error();
  std::vector<Sensor> sensors(windows.size());
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const double w0 = windows[i].reference;
    const double t0 = at_or_last(sheet->t0, i);
    sensors[i].temperature = {w0, t0, at_or_last(sheet->s1, i), at_or_last(sheet->s2, i)};
    sensors[i].strain = {w0, t0, at_or_last(sheet->k, i), at_or_last(sheet->thermal, i) * 1e-6,
                         at_or_last(sheet->structure, i) * 1e-6};
  }
  if (const auto kinds = read_kinds(config, sensors); kinds.has_error()) return kinds.error();
  return sensors;
}

base::Result<std::vector<std::size_t>> read_order(const device::DriverConfig& config, std::size_t count) {
  const auto text = text_option(config, kOptions, "order");
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (text == "ascending") return order;
  std::vector<std::size_t> given;
  for (const auto& word : words_of(text)) {
    const auto number = sensor_number(word, count);
    if (!number) return config_error(fmt::format("option 'order': '{}' is no sensor from 1 to {}", word, count));
    given.push_back(*number);
  }
  if (given.size() != count || !std::is_permutation(given.begin(), given.end(), order.begin())) {
    return config_error(fmt::format("option 'order': each sensor from 1 to {} once, or 'ascending'", count));
  }
  return given;
}

}  // namespace

std::span<const device::OptionSpec> options() { return kOptions; }

base::Result<Setup> read_setup(const device::DriverConfig& config, std::size_t count) {
  Setup setup;
  const auto channel = whole_option(config, kOptions, "channel", 0, 7);
  if (channel.has_error()) return channel.error();
  auto windows = read_windows(config, count);
  if (windows.has_error()) return windows.error();
  auto sensors = read_sensors(config, *windows);
  if (sensors.has_error()) return sensors.error();
  auto order = read_order(config, count);
  if (order.has_error()) return order.error();
  const auto gone = whole_option(config, kOptions, "break_sensors", 1, static_cast<int>(kMostSensors));
  if (gone.has_error()) return gone.error();
  return Setup{*channel, std::move(*windows), std::move(*sensors), std::move(*order), static_cast<std::size_t>(*gone)};
}

}  // namespace wayside::drivers::fbg
