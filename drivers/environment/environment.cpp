#include "environment/environment.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/family.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;
using model::Sample;

constexpr std::array kOptions{
    device::OptionSpec{"fog_humidity", "95", "Percent of humidity from which dust readings are uncertain: droplets."},
    device::OptionSpec{"sensor_height", "3", "Metres from the bottom of the pipe or channel up to the level sensor."},
    device::OptionSpec{"pipe_height", "1", "Metres from the bottom to the top of the pipe or channel."},
};

struct Settings {
  double fog_humidity = 0;
  double sensor_height = 0;
  double pipe_height = 0;
};

using Point = std::optional<std::uint32_t>;

struct Roles {
  Point temperature;
  Point humidity;
  Point pm2_5;
  Point pm10;
  Point echo_lost;
  Point distance;
};

struct Computed {
  Point dew_point;
  Point level;
  Point filling;
};

// Magnus, with the constants of WMO-No. 8 (2014), annex 4.B, over water; for -45 to 60 Cel.
double dew_point(double temperature, double humidity) {
  constexpr double kA = 17.62;
  constexpr double kB = 243.12;  // Cel
  const double gamma = std::log(humidity / 100) + kA * temperature / (kB + temperature);
  return kB * gamma / (kA - gamma);
}

class Environment final : public device::Driver {
 public:
  Environment(Prepared prepared, Roles roles, Computed computed, Settings settings)
      : prepared_(std::move(prepared)), roles_(roles), computed_(computed), settings_(settings) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  Decoded decode(const DecodeInput& input, const DriverState& /*state*/) const override {
    auto samples = prepared_.decode(input.image);
    doubt_dust(samples);
    doubt_echo(samples);
    const auto read = samples;
    add_dew_point(read, samples);
    add_level(read, samples);
    return {std::move(samples), {}};
  }

 private:
  static Sample* at(std::vector<Sample>& samples, Point point) { return point ? find(samples, *point) : nullptr; }

  static std::optional<double> number(std::vector<Sample>& samples, Point point) {
    const Sample* sample = at(samples, point);
    return sample == nullptr || is_bad(sample->quality) ? std::nullopt : model::as_number(sample->value);
  }

  // Optical counters take droplets for dust; and the smaller dust is a part of the larger.
  void doubt_dust(std::vector<Sample>& samples) const {
    const bool fog = number(samples, roles_.humidity).value_or(0) >= settings_.fog_humidity;
    const auto fine = number(samples, roles_.pm2_5);
    const auto coarse = number(samples, roles_.pm10);
    const bool impossible = fine && coarse && *fine > *coarse;
    if (!fog && !impossible) return;
    for (const auto point : {roles_.pm2_5, roles_.pm10}) {
      if (Sample* sample = at(samples, point)) {
        sample->quality = worst(sample->quality, Quality::uncertain_sensor_not_accurate);
      }
    }
  }

  void doubt_echo(std::vector<Sample>& samples) const {
    Sample* distance = at(samples, roles_.distance);
    if (distance == nullptr || number(samples, roles_.echo_lost).value_or(0) == 0) return;
    *distance = {distance->point, {}, Quality::bad_sensor_failure};  // no echo is not "no water"
  }

  void add_dew_point(std::vector<Sample> read, std::vector<Sample>& samples) const {
    const Sample* temperature = at(read, roles_.temperature);
    const Sample* humidity = at(read, roles_.humidity);
    if (!computed_.dew_point || temperature == nullptr || humidity == nullptr) return;
    Sample out{*computed_.dew_point, {}, worst(temperature->quality, humidity->quality)};
    const auto t = number(read, roles_.temperature);
    const auto h = number(read, roles_.humidity);
    const bool both = t && h;
    if (both && *h > 0 && *h <= 100 && *t >= -45 && *t <= 60) {
      out.value = dew_point(*t, *h);
    } else if (both) {
      out.quality = Quality::bad_out_of_service;  // outside of what the formula is for
    }
    samples.push_back(std::move(out));
  }

  void add_level(std::vector<Sample> read, std::vector<Sample>& samples) const {
    const Sample* distance = at(read, roles_.distance);
    if (!computed_.level || distance == nullptr) return;
    Sample level{*computed_.level, {}, distance->quality};
    Sample filling{*computed_.filling, {}, distance->quality};
    if (const auto down = number(read, roles_.distance)) {
      // Below the bottom: the height is set wrong, or something was dug out. Told as it is, but not believed.
      const double height = settings_.sensor_height - *down;
      if (height < 0) level.quality = filling.quality = worst(level.quality, Quality::uncertain_range_exceeded);
      level.value = height;
      filling.value = 100 * height / settings_.pipe_height;
    }
    samples.push_back(std::move(level));
    samples.push_back(std::move(filling));
  }

  Prepared prepared_;
  Roles roles_;
  Computed computed_;
  Settings settings_;
};

base::Result<Roles> find_roles(const Prepared& prepared) {
  Roles roles;
  const std::array places{std::pair{"temperature", &roles.temperature},
                          std::pair{"humidity", &roles.humidity},
                          std::pair{"pm2_5", &roles.pm2_5},
                          std::pair{"pm10", &roles.pm10},
                          std::pair{"echo_lost", &roles.echo_lost},
                          std::pair{"distance", &roles.distance}};
  for (const auto& [role, place] : places) {
    const auto found = with_role(prepared, role);
    if (found.size() > 1) return config_error("role '" + std::string(role) + "': more than one point has it");
    if (!found.empty()) *place = found.front();
  }
  return roles;
}

base::Result<Computed> add_computed(Prepared& prepared, const Roles& roles) {
  Computed out;
  const auto add = [&prepared](Point source, const char* metric, const char* unit, const char* meaning) {
    return add_point(prepared, computed_from(prepared.points[*source], metric, unit, meaning));
  };
  if (roles.temperature && roles.humidity) {
    const auto point =
        add(roles.temperature, "dew_point", "Cel", "Temperature at which dew falls: on a colder road, ice.");
    if (point.has_error()) return point.error();
    out.dew_point = *point;
  }
  if (!roles.distance) return out;
  const auto level = add(roles.distance, "water_level", "m", "Height of the water over the bottom.");
  if (level.has_error()) return level.error();
  const auto filling = add(roles.distance, "filling", "%", "Height of the water in percent of the height of the pipe.");
  if (filling.has_error()) return filling.error();
  out.level = *level;
  out.filling = *filling;
  return out;
}

base::Result<Settings> read_settings(const device::DriverConfig& config) {
  const auto fog = number_option(config, kOptions, "fog_humidity", 0, 101);  // 101: never
  if (fog.has_error()) return fog.error();
  const auto sensor = number_option(config, kOptions, "sensor_height", 0.01, 100);
  if (sensor.has_error()) return sensor.error();
  const auto pipe = number_option(config, kOptions, "pipe_height", 0.01, 100);
  if (pipe.has_error()) return pipe.error();
  return Settings{*fog, *sensor, *pipe};
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
  const auto roles = find_roles(*prepared);
  if (roles.has_error()) return roles.error();
  const auto computed = add_computed(*prepared, *roles);
  if (computed.has_error()) return computed.error();
  const auto settings = read_settings(config);
  if (settings.has_error()) return settings.error();
  return std::make_unique<Environment>(std::move(*prepared), *roles, *computed, *settings);
}

}  // namespace

const device::DriverFamily& environment_family() {
  static constexpr device::DriverFamily family{
      .name = "environment", .title = "Weather, dust, noise and water levels", .options = kOptions, .make = &make};
  return family;
}

}  // namespace wayside::drivers
