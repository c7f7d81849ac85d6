// What families over a frame protocol do alike: points that name an item of the family (PointSpec::locator) instead of
// registers, and options beyond plain numbers. Pure functions over values; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/family.hpp"

namespace wayside::drivers {

struct Reading {
  model::Value value;
  model::Quality quality = model::Quality::good;
};

// What the frames of a turn said, by item and instance (lane, sensor; 0: the device).
class Readings {
 public:
  void put(std::string_view item, int instance, model::Value value, model::Quality quality = model::Quality::good);
  [[nodiscard]] const Reading* find(const std::string& item, int instance) const;

 private:
  std::map<std::pair<std::string, int>, Reading> readings_;
};

// Expands the profile; one group of the device's period, by `protocol`.
// Errors (Errc::config): what expand() refuses; a point without an item, with one that is not in `items`, or with a
// period of its own (all items come in one turn).
[[nodiscard]] base::Result<Prepared> prepare_items(const device::DriverConfig& config,
                                                   std::span<const std::string_view> items,
                                                   const device::FrameProtocol& protocol);

// The instance that a point of a group stands for; 0 for a point of the device.
[[nodiscard]] int instance_of(const device::PointSpec& point);

// The samples of all points whose item was read, ascending: bit, error values, scale, offset and range of the point
// applied. A reading without a value is never good: bad_sensor_failure if it does not say worse.
[[nodiscard]] std::vector<model::Sample> item_samples(const Prepared& prepared, const Readings& readings);

// A sample without a value, of this quality, of every point of the instance (or of all, for instance < 0).
void put_all(const Prepared& prepared, int instance, model::Quality quality, Readings& readings);

// A whole number option. Errors (Errc::config), with the option's name.
[[nodiscard]] base::Result<int> whole_option(const device::DriverConfig& config,
                                             std::span<const device::OptionSpec> specs, std::string_view name, int min,
                                             int max);

// Which of `choices` the option is. Errors (Errc::config), with the option's name and the choices.
[[nodiscard]] base::Result<std::size_t> choice_option(const device::DriverConfig& config,
                                                      std::span<const device::OptionSpec> specs, std::string_view name,
                                                      std::span<const std::string_view> choices);

// The words of a list, apart by blanks, commas or semicolons.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

// A list of numbers, at least one. Errors (Errc::config), with the option's name and the word that is none.
[[nodiscard]] base::Result<std::vector<double>> numbers_option(const device::DriverConfig& config,
                                                               std::span<const device::OptionSpec> specs,
                                                               std::string_view name, double min, double max);

}  // namespace wayside::drivers
