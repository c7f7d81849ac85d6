#include "common/named_items.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/items.hpp"

namespace wayside::drivers {

namespace {

using model::Quality;
using model::Sample;

bool in_range(const device::PointSpec& spec, const model::Value& value) {
  const auto number = model::as_number(value);
  if (!number) return true;
  return (!spec.valid_min || *number >= *spec.valid_min) && (!spec.valid_max || *number <= *spec.valid_max);
}

Sample without_value(std::uint32_t point, Quality quality) {
  return {point, {}, model::is_good(quality) ? Quality::bad_sensor_failure : quality};
}

Sample sample_of(const device::PointSpec& spec, std::uint32_t point, const Reading& reading) {
  if (const auto* raw = std::get_if<std::int64_t>(&reading.value)) {
    auto sample = sample_of_number(spec, point, *raw);
    sample.quality = worst(sample.quality, reading.quality);
    return sample;
  }
  model::Value value = reading.value;
  if (const auto* number = std::get_if<double>(&reading.value)) {
    value = *number * spec.scale + spec.offset;
    if (!std::isfinite(std::get<double>(value))) return without_value(point, Quality::bad_sensor_failure);
  } else if (std::holds_alternative<std::monostate>(reading.value)) {
    return without_value(point, reading.quality);
  }
  const auto own = in_range(spec, value) ? Quality::good : Quality::uncertain_range_exceeded;
  return {point, std::move(value), worst(reading.quality, own)};
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

base::Result<void> check_item(const device::PointSpec& point, std::span<const std::string_view> items) {
  if (point.locator.empty()) {
    return config_error(fmt::format("point '{}': this family has no registers, give it an 'item'", point.name));
  }
  if (std::find(items.begin(), items.end(), point.locator) == items.end()) {
    return config_error(
        fmt::format("point '{}': no item '{}' here; there are: {}", point.name, point.locator, fmt::join(items, ", ")));
  }
  if (point.period) return config_error(fmt::format("point '{}': all items of the device have one period", point.name));
  return {};
}

}  // namespace

void Readings::put(std::string_view item, int instance, model::Value value, Quality quality) {
  readings_[{std::string(item), instance}] = Reading{std::move(value), quality};
}

const Reading* Readings::find(const std::string& item, int instance) const {
  const auto at = readings_.find({item, instance});
  return at == readings_.end() ? nullptr : &at->second;
}

base::Result<Prepared> prepare_items(const device::DriverConfig& config, std::span<const std::string_view> items,
                                     const device::FrameProtocol& protocol) {
  auto points = device::expand(config.profile, config.options);
  if (points.has_error()) return points.error();
  for (const auto& point : *points) {
    if (const auto checked = check_item(point, items); checked.has_error()) return checked.error();
  }
  Prepared prepared;
  prepared.points = std::move(*points);
  prepared.read_count = static_cast<std::uint32_t>(prepared.points.size());
  prepared.plan.groups.push_back({config.period, {}});
  prepared.plan.protocol = &protocol;
  return prepared;
}

int instance_of(const device::PointSpec& point) {
  return point.labels.empty() ? 0 : parse<int>(point.labels.begin()->second).value_or(0);
}

std::vector<Sample> item_samples(const Prepared& prepared, const Readings& readings) {
  std::vector<Sample> samples;
  for (std::uint32_t i = 0; i < prepared.points.size(); ++i) {
    const auto& point = prepared.points[i];
    const Reading* reading = readings.find(point.locator, instance_of(point));
    if (reading != nullptr) samples.push_back(sample_of(point, i, *reading));
  }
  return samples;
}

void put_all(const Prepared& prepared, int instance, Quality quality, Readings& readings) {
  for (const auto& point : prepared.points) {
    const int own = instance_of(point);
    if (instance < 0 || own == instance) readings.put(point.locator, own, {}, quality);
  }
}

base::Result<int> whole_option(const device::DriverConfig& config, std::span<const device::OptionSpec> specs,
                               std::string_view name, int min, int max) {
  const auto text = text_option(config, specs, name);
  const auto value = parse<int>(text);
  if (value && *value >= min && *value <= max) return *value;
  return config_error(fmt::format("option '{}': '{}' is no whole number from {} to {}", name, text, min, max));
}

base::Result<std::size_t> choice_option(const device::DriverConfig& config, std::span<const device::OptionSpec> specs,
                                        std::string_view name, std::span<const std::string_view> choices) {
  const auto text = text_option(config, specs, name);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  return config_error(fmt::format("option '{}': '{}' is none of {}", name, text, fmt::join(choices, ", ")));
}

std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view kBetween = " \t,;";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(kBetween, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBetween, end);
  }
  return words;
}

base::Result<std::vector<double>> numbers_option(const device::DriverConfig& config,
                                                 std::span<const device::OptionSpec> specs, std::string_view name,
                                                 double min, double max) {
  std::vector<double> numbers;
  for (const auto& word : words_of(text_option(config, specs, name))) {
    const auto value = parse<double>(word);
    // Written so that a NaN is refused too.
    if (!value || !(*value >= min && *value <= max)) {
      return config_error(fmt::format("option '{}': '{}' is no number from {} to {}", name, word, min, max));
    }
    numbers.push_back(*value);
  }
  if (numbers.empty()) return config_error(fmt::format("option '{}': no numbers in it", name));
  return numbers;
}

}  // namespace wayside::drivers
