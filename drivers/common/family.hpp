// What every family's make() does alike: expand the profile, plan the reads, read options, find points by role,
// add computed points. Pure functions over values; any thread. Not a base class: a family uses what it needs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "device/driver.hpp"

namespace wayside::drivers {

// The role of points that a family adds: they have the registers of the point they come from, but are not read.
inline constexpr std::string_view kComputed = "computed";

struct Prepared {
  std::vector<device::PointSpec> points;  // the profile's, then the computed ones
  std::uint32_t read_count = 0;           // how many of them are read
  device::ReadPlan plan;

  // Samples of the points that are read and that the image covers, ascending by point.
  [[nodiscard]] std::vector<model::Sample> decode(const device::RegisterImage& image) const;
};

// Errors (Errc::config): what expand() and plan_reads() refuse; a register point with the role "computed".
[[nodiscard]] base::Result<Prepared> prepare(const device::DriverConfig& config);

// An option as text: the device's, else the profile's default, else the family's fallback.
// Requires: `name` is in `specs`.
[[nodiscard]] std::string text_option(const device::DriverConfig& config, std::span<const device::OptionSpec> specs,
                                      std::string_view name);

// A number option: the device's, else the profile's default, else the family's fallback.
// Errors (Errc::config), with the option's name: no number, or outside min..max. Requires: `name` is in `specs`.
[[nodiscard]] base::Result<double> number_option(const device::DriverConfig& config,
                                                 std::span<const device::OptionSpec> specs, std::string_view name,
                                                 double min, double max);

// Positions of the points with this role, ascending.
[[nodiscard]] std::vector<std::uint32_t> with_role(const Prepared& prepared, std::string_view role);

// The sample of a point, or null. Requires: samples ascending by point, as from Prepared::decode.
[[nodiscard]] model::Sample* find(std::vector<model::Sample>& samples, std::uint32_t point);

// A point computed from `source`: its group label, class, period and registers; no scale, range or sentinels.
[[nodiscard]] device::PointSpec computed_from(const device::PointSpec& source, std::string metric, std::string unit,
                                              std::string meaning);

// Appends a computed point; its position. Errors (Errc::config): the name is taken.
[[nodiscard]] base::Result<std::uint32_t> add_point(Prepared& prepared, device::PointSpec point);

[[nodiscard]] base::Error config_error(std::string what);

}  // namespace wayside::drivers
