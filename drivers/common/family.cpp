#include "common/family.hpp"

#include "base/assert.hpp"
#include "device/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wayside::drivers {

base::Error config_error(std::string what) {
  return base::Error{base::Errc::config, base::Consequence::fatal, std::move(what)};
}

std::vector<model::Sample> Prepared::decode(const device::RegisterImage& image) const {
  return device::decode_all(std::span(points).first(read_count), image);
}

base::Result<Prepared> prepare(const device::DriverConfig& config) {
  auto points = device::expand(config.profile, config.options);
  if (points.has_error()) return points.error();
  for (const auto& point : *points) {
    if (point.role == kComputed) return config_error(fmt::format("point '{}': no role of a register", point.name));
    if (!point.locator.empty()) {
      return config_error(
          fmt::format("point '{}': 'item' is of families with frames; this one reads registers", point.name));
    }
  }
  auto plan = device::plan_reads(config.profile, *points, config.period);
  if (plan.has_error()) return plan.error();
  const auto count = static_cast<std::uint32_t>(points->size());
  return Prepared{std::move(*points), count, std::move(*plan)};
}

std::string text_option(const device::DriverConfig& config, std::span<const device::OptionSpec> specs,
                        std::string_view name) {
  for (const auto* source : {&config.options, &config.profile.defaults}) {
    if (const auto found = source->find(std::string(name)); found != source->end()) return found->second;
  }
  const auto spec = std::find_if(specs.begin(), specs.end(), [name](const auto& s) { return s.name == name; });
  WAYSIDE_ASSERT(spec != specs.end());
  return std::string(spec->fallback);
}

base::Result<double> number_option(const device::DriverConfig& config, std::span<const device::OptionSpec> specs,
                                   std::string_view name, double min, double max) {
  const auto text = text_option(config, specs, name);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Written so that a NaN is refused too.
  if (problem != std::errc{} || end != text.data() + text.size() || !(value >= min && value <= max)) {
    return config_error(fmt::format("option '{}': '{}' is no number from {} to {}", name, text, min, max));
  }
  return value;
}

std::vector<std::uint32_t> with_role(const Prepared& prepared, std::string_view role) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < prepared.points.size(); ++i) {
    if (prepared.points[i].role == role) found.push_back(i);
  }
  return found;
}

model::Sample* find(std::vector<model::Sample>& samples, std::uint32_t point) {
  const auto it = std::lower_bound(samples.begin(), samples.end(), point,
                                   [](const model::Sample& s, std::uint32_t p) { return s.point < p; });
  return it != samples.end() && it->point == point ? &*it : nullptr;
}

device::PointSpec computed_from(const device::PointSpec& source, std::string metric, std::string unit,
                                std::string meaning) {
  device::PointSpec point;
  point.name = source.name.substr(0, source.name.size() - source.metric.size()) + metric;
  point.metric = std::move(metric);
  point.labels = source.labels;
  point.kind = source.kind;
  point.address = source.address;
  point.encoding = source.encoding;
  point.order = source.order;
  point.bit = source.bit;
  point.bit_width = source.bit_width;
  point.text_registers = source.text_registers;
  point.unit = std::move(unit);
  point.period = source.period;
  point.data_class = source.data_class;
  point.role = kComputed;
  point.meaning = std::move(meaning);
  return point;
}

base::Result<std::uint32_t> add_point(Prepared& prepared, device::PointSpec point) {
  const auto same = [&point](const device::PointSpec& other) { return other.name == point.name; };
  if (std::any_of(prepared.points.begin(), prepared.points.end(), same)) {
    return config_error(fmt::format("point '{}': the name is kept for what the family computes", point.name));
  }
  prepared.points.push_back(std::move(point));
  return static_cast<std::uint32_t>(prepared.points.size() - 1);
}

}  // namespace wayside::drivers
