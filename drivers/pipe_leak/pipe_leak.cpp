#include "pipe_leak/pipe_leak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.hpp"
#include "common/family.hpp"
#include "pipe_leak/calibration.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;
using model::Sample;

constexpr std::array kOptions{
    device::OptionSpec{"zone_length", "100", "Length of one zone in metres; zone n covers (n-1)..n times this."},
    device::OptionSpec{"frozen_after", "60", "Seconds without a new trace after which zone values count as old."},
    device::OptionSpec{"calibration", "none",
                       "Pairs of fibre and chainage in metres, [[0, 12000], [250, 12240]]; or none."},
};

constexpr std::uint8_t kStateVersion = 1;
constexpr double kMetresOfAFoot = 0.3048;  // exactly, since 1959

// What is remembered between reads.
struct Memory {
  bool has_sequence = false;
  double sequence = 0;
  base::BootTime changed_at{};  // when the sequence last moved, by offsets of `boot`
  base::BootId boot{};
  bool broken = false;
  double break_position = 0;  // m
};

Memory load(const DriverState& state) {
  base::ByteReader in(state);
  if (in.u8() != kStateVersion) return {};
  Memory memory;
  memory.has_sequence = in.u8() != 0;
  memory.sequence = in.f64();
  memory.changed_at = base::from_us(in.i64());
  for (auto& byte : memory.boot) byte = in.u8();
  memory.broken = in.u8() != 0;
  memory.break_position = in.f64();
  const bool sane = in.ok() && in.at_end() && to_us(memory.changed_at) >= 0;
  return sane ? memory : Memory{};
}

DriverState store(const Memory& memory) {
  base::ByteWriter out;
  out.u8(kStateVersion);
  out.u8(memory.has_sequence ? 1 : 0);
  out.f64(memory.sequence);
  out.i64(to_us(memory.changed_at));
  for (const auto byte : memory.boot) out.u8(byte);
  out.u8(memory.broken ? 1 : 0);
  out.f64(memory.break_position);
  return out.take();
}

// Points of a family by what they mean to it.
struct Roles {
  struct Zoned {
    std::uint32_t point;
    int zone;
  };
  std::optional<std::uint32_t> fibre_break;
  std::optional<std::uint32_t> break_position;
  std::optional<std::uint32_t> sequence;
  std::optional<std::uint32_t> distance_unit;
  struct Position {
    std::uint32_t point;
    std::uint32_t leak;  // that it is the position of
  };
  std::vector<Position> leak_positions;
  std::vector<std::uint32_t> distances;  // metres or feet, with the role distance_unit
  std::vector<std::uint32_t> positions;  // along the fibre, that a calibration turns into chainage
  struct Cable {
    std::uint32_t ejected;
    std::vector<std::uint32_t> points;  // that are old while it is
  };
  std::vector<Cable> cables;
  std::vector<Zoned> zoned;
};

struct Settings {
  double zone_length = 0;  // m
  std::chrono::microseconds frozen_after{};
  Calibration calibration;
};

class PipeLeak final : public device::Driver {
 public:
  PipeLeak(Prepared prepared, Roles roles, Settings settings)
      : prepared_(std::move(prepared)),
        told_(prepared_.points),
        roles_(std::move(roles)),
        settings_(std::move(settings)) {
    for (const auto& [point, zone] : roles_.zoned) told_[point].labels["metre"] = metre_of(zone);
    if (settings_.calibration.empty()) return;
    for (const auto point : roles_.positions) {
      auto& spec = told_[point];
      spec.meaning += (spec.meaning.empty() ? "[" : " [") + settings_.calibration.provenance() + "]";
      spec.valid_min.reset();
      spec.valid_max.reset();
    }
  }

  std::span<const device::PointSpec> points() const override { return told_; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    Memory memory = load(state);
    auto samples = prepared_.decode(input.image);
    note_sequence(samples, input, memory);
    note_break(samples, memory);
    const bool frozen = memory.has_sequence && input.at - memory.changed_at >= settings_.frozen_after;
    for (const auto& zoned : roles_.zoned) {
      if (Sample* sample = find(samples, zoned.point)) qualify(*sample, zoned.zone, memory, frozen);
    }
    to_metres(samples);
    withhold_positions(samples);
    withhold_ejected(samples);
    to_chainage(samples);
    return {std::move(samples), store(memory)};
  }

 private:
  // The middle of a zone, as positions are told: along the fibre, or by chainage.
  [[nodiscard]] std::string metre_of(int zone) const {
    const double fibre = (zone - 0.5) * settings_.zone_length;
    const double metre = settings_.calibration.empty() ? fibre : settings_.calibration.at(fibre).metres;
    return fmt::format("{:.10g}", metre);
  }

  static std::optional<double> number(std::vector<Sample>& samples, std::optional<std::uint32_t> point) {
    const Sample* sample = point ? find(samples, *point) : nullptr;
    return sample == nullptr ? std::nullopt : model::as_number(sample->value);
  }

  void note_sequence(std::vector<Sample>& samples, const DecodeInput& input, Memory& memory) const {
    if (!roles_.sequence) return;
    const auto value = number(samples, roles_.sequence);
    const bool moved = value && (!memory.has_sequence || *value != memory.sequence);
    if (value) memory.sequence = *value;
    // Offsets of two boots cannot be compared: after a restart of the gateway the waiting starts anew.
    if (moved || memory.boot != input.boot) memory.changed_at = input.at;
    memory.boot = input.boot;
    memory.has_sequence = memory.has_sequence || value.has_value();
  }

  void note_break(std::vector<Sample>& samples, Memory& memory) const {
    const auto broken = number(samples, roles_.fibre_break);
    if (!broken) return;
    memory.broken = *broken != 0;
    // Where the position is not told, nothing is known to be in order: the break counts as right at the start.
    if (memory.broken) memory.break_position = number(samples, roles_.break_position).value_or(0);
  }

  void qualify(Sample& sample, int zone, const Memory& memory, bool frozen) const {
    const double start = (zone - 1) * settings_.zone_length;
    if (memory.broken && start >= memory.break_position) {
      sample = {sample.point, {}, Quality::bad_sensor_failure};  // no light comes back from here: not "no leak"
      return;
    }
    if (frozen) sample.quality = worst(sample.quality, Quality::uncertain_last_usable);
    // The break is inside this zone: what it says is true of its first part only.
    if (memory.broken && start + settings_.zone_length > memory.break_position) {
      sample.quality = worst(sample.quality, Quality::uncertain_sub_normal);
    }
  }

  void withhold_positions(std::vector<Sample>& samples) const {
    for (const auto& [point, leak] : roles_.leak_positions) {
      Sample* sample = number(samples, leak).value_or(0) == 0 ? find(samples, point) : nullptr;
      if (sample != nullptr) *sample = {point, {}, Quality::bad_out_of_service};
    }
  }

  // A unit that is set to feet is read in feet; which it is must be known, or a distance is none.
  void to_metres(std::vector<Sample>& samples) const {
    if (!roles_.distance_unit) return;
    const Sample* unit = find(samples, *roles_.distance_unit);
    const auto feet = unit != nullptr && is_good(unit->quality) ? model::as_number(unit->value) : std::nullopt;
    for (const auto point : roles_.distances) {
      Sample* sample = find(samples, point);
      const auto distance = sample != nullptr ? model::as_number(sample->value) : std::nullopt;
      if (!distance || feet == 0.0) continue;
      if (feet) sample->value = *distance * kMetresOfAFoot;
      if (!feet) *sample = {point, {}, Quality::bad_configuration_error};
    }
  }

  // Last: all that was judged before is of the fibre.
  void to_chainage(std::vector<Sample>& samples) const {
    if (settings_.calibration.empty()) return;
    for (const auto point : roles_.positions) {
      Sample* sample = find(samples, point);
      const auto fibre = sample != nullptr ? model::as_number(sample->value) : std::nullopt;
      if (!fibre) continue;
      const auto chainage = settings_.calibration.at(*fibre);
      sample->value = chainage.metres;
      if (!chainage.surveyed) sample->quality = worst(sample->quality, Quality::uncertain_sub_normal);
    }
  }

  // An ejected cable reports nothing: its registers show what was once true.
  void withhold_ejected(std::vector<Sample>& samples) const {
    for (const auto& cable : roles_.cables) {
      if (number(samples, cable.ejected).value_or(0) == 0) continue;
      for (const auto point : cable.points) {
        if (Sample* sample = find(samples, point)) *sample = {point, {}, Quality::bad_out_of_service};
      }
    }
  }

  Prepared prepared_;
  std::vector<device::PointSpec> told_;  // prepared_'s; positions as they are after the calibration
  Roles roles_;
  Settings settings_;
};

base::Result<std::optional<std::uint32_t>> at_most_one(const Prepared& prepared, std::string_view role) {
  const auto found = with_role(prepared, role);
  if (found.size() > 1) return config_error("role '" + std::string(role) + "': more than one point has it");
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<int> zone_of(const device::PointSpec& point) {
  const auto label = point.labels.find("zone");
  if (label == point.labels.end()) return std::nullopt;
  int zone = 0;
  const auto& text = label->second;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), zone);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return zone;
}

// The other points of the same instance.
std::vector<std::uint32_t> others(const Prepared& prepared, std::uint32_t point) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < prepared.read_count; ++i) {
    if (i != point && prepared.points[i].labels == prepared.points[point].labels) found.push_back(i);
  }
  return found;
}

base::Result<Roles> find_roles(const Prepared& prepared) {
  Roles roles;
  const std::array singles{std::pair{"fibre_break", &roles.fibre_break},
                           std::pair{"break_position", &roles.break_position}, std::pair{"sequence", &roles.sequence},
                           std::pair{"distance_unit", &roles.distance_unit}};
  for (const auto& [role, place] : singles) {
    auto found = at_most_one(prepared, role);
    if (found.has_error()) return found.error();
    *place = *found;
  }
  for (const auto point : with_role(prepared, "leak_position")) {
    const auto leak = beside(prepared, point, "leak");
    if (!leak) return config_error("role 'leak_position': the profile has no point with the role 'leak' beside it");
    roles.leak_positions.push_back({point, *leak});
    roles.distances.push_back(point);
    roles.positions.push_back(point);
  }
  for (const auto point : with_role(prepared, "position")) roles.positions.push_back(point);
  if (roles.break_position) roles.positions.push_back(*roles.break_position);
  for (const auto point : with_role(prepared, "distance")) roles.distances.push_back(point);
  for (const auto ejected : with_role(prepared, "ejected"))
    roles.cables.push_back({ejected, others(prepared, ejected)});
  for (std::uint32_t i = 0; i < prepared.read_count; ++i) {
    if (const auto zone = zone_of(prepared.points[i])) roles.zoned.push_back({i, *zone});
  }
  return roles;
}

// Which cable a position is along is only known to the profile: with one table they must all be the same one.
base::Result<Calibration> read_calibration(const device::DriverConfig& config, const Prepared& prepared,
                                           const Roles& roles) {
  auto calibration = Calibration::parse(text_option(config, kOptions, "calibration"));
  if (calibration.has_error() || calibration->empty()) return calibration;
  if (roles.positions.empty()) return config_error("option 'calibration': the profile has no position along a fibre");
  for (const auto& [point, leak] : roles.leak_positions) {
    if (prepared.points[point].labels == prepared.points[roles.leak_positions.front().point].labels) continue;
    return config_error("option 'calibration': the profile has several cables, and one table fits one of them");
  }
  return calibration;
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
  auto roles = find_roles(*prepared);
  if (roles.has_error()) return roles.error();
  const auto zone_length = number_option(config, kOptions, "zone_length", 0.1, 100'000);
  if (zone_length.has_error()) return zone_length.error();
  const auto frozen_after = number_option(config, kOptions, "frozen_after", 1, 86'400);
  if (frozen_after.has_error()) return frozen_after.error();
  const auto frozen = std::chrono::duration<double>(*frozen_after);
  auto calibration = read_calibration(config, *prepared, *roles);
  if (calibration.has_error()) return calibration.error();
  Settings settings{*zone_length, std::chrono::duration_cast<std::chrono::microseconds>(frozen),
                    std::move(*calibration)};
  return std::make_unique<PipeLeak>(std::move(*prepared), std::move(*roles), std::move(settings));
}

}  // namespace

const device::DriverFamily& pipe_leak_family() {
  static constexpr device::DriverFamily family{
      .name = "pipe_leak", .title = "Pipe leak detection by fibre or cable", .options = kOptions, .make = &make};
  return family;
}

}  // namespace wayside::drivers
