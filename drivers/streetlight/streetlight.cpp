#include "streetlight/streetlight.hpp"

#include <fmt/format.h>

#include "common/family.hpp"

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
              std::vector<Relay> relays)
      : prepared_(std::move(prepared)),
        failures_(std::move(failures)),
        failed_count_(failed_count),
        relays_(std::move(relays)) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  Decoded decode(const DecodeInput& input, const DriverState& /*state*/) const override {
    Decoded result{prepared_.decode(input.image), {}};
    const auto read = result.samples;
    if (!failures_.empty()) count_failures(result.samples);
    compare_relays(read, result.samples);
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

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
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
  return std::make_unique<Streetlight>(std::move(*prepared), std::move(failures), failed_count, std::move(*relays));
}

}  // namespace

const device::DriverFamily& streetlight_family() {
  static constexpr device::DriverFamily family{
      .name = "streetlight", .title = "Street lights and their supply", .options = {}, .make = &make};
  return family;
}

}  // namespace wayside::drivers
