#include "streetlight/streetlight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/family.hpp"
#include "streetlight/luminaire.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;
using model::Sample;

// A relay whose coil says one thing and whose contact another: welded, worn, or held by the device's own safety mode.
struct Relay {
  std::uint32_t command = 0;
  std::uint32_t real = 0;
  std::uint32_t mismatch = 0;  // computed
};

class Streetlight final : public device::Driver {
 public:
  Streetlight(Prepared prepared, std::vector<std::uint32_t> failures, std::uint32_t failed_count,
              std::vector<Relay> relays, std::vector<Luminaire> luminaires, DimCurve curve)
      : prepared_(std::move(prepared)),
        failures_(std::move(failures)),
        failed_count_(failed_count),
        relays_(std::move(relays)),
        luminaires_(std::move(luminaires)),
        curve_(curve) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  Decoded decode(const DecodeInput& input, const DriverState& /*state*/) const override {
    Decoded result{prepared_.decode(input.image), {}};
    const auto read = result.samples;
    if (!failures_.empty()) count_failures(result.samples);
    compare_relays(read, result.samples);
    compare_power(luminaires_, curve_, read, result.samples);
    return result;
  }

 private:
  void count_failures(std::vector<Sample>& samples) const {
    std::int64_t failed = 0;
    std::size_t seen = 0;
    Quality quality = Quality::good;
    for (const auto point : failures_) {
      const Sample* lamp = find(samples, point);
      if (lamp == nullptr) continue;
      ++seen;
      quality = worst(quality, lamp->quality);
      if (model::as_number(lamp->value).value_or(0) != 0) ++failed;
    }
    if (seen == 0) return;
    // Some lamps did not come with this read: the count is a lower bound.
    if (seen < failures_.size()) quality = worst(quality, Quality::uncertain_sub_normal);
    samples.push_back({failed_count_, failed, quality});
  }

  void compare_relays(std::vector<Sample> read, std::vector<Sample>& samples) const {
    for (const auto& relay : relays_) {
      const Sample* command = find(read, relay.command);
      const Sample* real = find(read, relay.real);
      if (command == nullptr || real == nullptr) continue;
      const Quality quality = worst(command->quality, real->quality);
      const bool both = !is_bad(quality);
      samples.push_back({relay.mismatch, both ? model::Value(command->value != real->value) : model::Value(), quality});
    }
  }

  Prepared prepared_;
  std::vector<std::uint32_t> failures_;  // points with the role lamp_failure
  std::uint32_t failed_count_;           // the computed point; meaningless where failures_ is empty
  std::vector<Relay> relays_;
  std::vector<Luminaire> luminaires_;
  DimCurve curve_;
};

base::Result<std::vector<Relay>> find_relays(Prepared& prepared) {
  std::vector<Relay> relays;
  for (const auto command : with_role(prepared, "relay_command")) {
    const auto real = beside(prepared, command, "relay_real");
    if (!real) {
      return config_error(
          fmt::format("point '{}': role 'relay_command' needs a point with the role 'relay_real' beside",
                      prepared.points[command].name));
    }
    auto added = add_point(prepared, computed_from(prepared.points[*real], "relay_mismatch", "",
                                                   "The output is in another state than it was told to be."));
    if (added.has_error()) return added.error();
    relays.push_back({command, *real, *added});
  }
  return relays;
}

constexpr device::OptionSpec kOptions[] = {
    {"watchdog", "0", "s without a request after which the device goes to its safe state; 0: it has no such watch"},
    {"power_nominal", "0", "W that one luminaire draws at full light; 0: not known, nothing is compared"},
    {"power_minimum", "0", "W at level_minimum"},
    {"level_minimum", "0", "percent: the lowest level the luminaire burns at"},
};

// A device with a communication watchdog must be polled so often that one lost answer does not trip it.
base::Result<void> check_watchdog(const device::DriverConfig& config, const device::ReadPlan& plan) {
  const auto seconds = number_option(config, kOptions, "watchdog", 0, 86'400);
  if (seconds.has_error()) return seconds.error();
  if (*seconds == 0 || plan.groups.empty()) return {};
  const auto often = std::ranges::min(plan.groups, {}, &device::PollGroup::period).period;
  if (std::chrono::duration<double>(often).count() * 2 <= *seconds) return {};
  return config_error(
      fmt::format("option 'watchdog': the device goes to its safe state after {} s without a request, and is polled "
                  "each {} s: give it a period of at most {} s",
                  *seconds, std::chrono::duration<double>(often).count(), *seconds / 2));
}

base::Result<DimCurve> dim_curve(const device::DriverConfig& config) {
  const auto nominal = number_option(config, kOptions, "power_nominal", 0, 100'000);
  if (nominal.has_error()) return nominal.error();
  const auto minimum = number_option(config, kOptions, "power_minimum", 0, 100'000);
  if (minimum.has_error()) return minimum.error();
  const auto level = number_option(config, kOptions, "level_minimum", 0, 99);
  if (level.has_error()) return level.error();
  if (*nominal > 0 && *minimum > *nominal) {
    return config_error(
        fmt::format("option 'power_minimum': {} W is more than 'power_nominal' {} W", *minimum, *nominal));
  }
  return DimCurve{*nominal, *minimum, *level};
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
  if (auto fed = check_watchdog(config, prepared->plan); fed.has_error()) return fed.error();
  const auto curve = dim_curve(config);
  if (curve.has_error()) return curve.error();
  auto failures = with_role(*prepared, "lamp_failure");
  std::uint32_t failed_count = 0;
  if (!failures.empty()) {
    auto point = computed_from(prepared->points[failures.front()], "lamps_failed", "{lamp}",
                               "How many lamps of this device report a failure.");
    point.name = point.metric;  // of the device, not of one lamp
    point.labels.clear();
    auto added = add_point(*prepared, std::move(point));
    if (added.has_error()) return added.error();
    failed_count = *added;
  }
  auto relays = find_relays(*prepared);
  if (relays.has_error()) return relays.error();
  std::vector<Luminaire> luminaires;
  if (curve->power_nominal > 0) {
    auto found = find_luminaires(*prepared);
    if (found.has_error()) return found.error();
    luminaires = std::move(*found);
  }
  return std::make_unique<Streetlight>(std::move(*prepared), std::move(failures), failed_count, std::move(*relays),
                                       std::move(luminaires), *curve);
}

}  // namespace

const device::DriverFamily& streetlight_family() {
  static constexpr device::DriverFamily family{
      .name = "streetlight", .title = "Street lights and their supply", .options = kOptions, .make = &make};
  return family;
}

}  // namespace wayside::drivers
