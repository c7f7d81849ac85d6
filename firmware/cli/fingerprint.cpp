#include "cli/fingerprint.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "cli/profiles.hpp"
#include "config/load.hpp"
#include "device/decoder.hpp"
#include "device/driver.hpp"
#include "device/register_image.hpp"

namespace wayside::cli {
namespace {

constexpr std::size_t kMostBlocks = 8;  // of one profile: enough to tell
constexpr std::size_t kLeastFits = 2;
constexpr std::size_t kMostShown = 3;

struct Candidate {
  std::vector<device::PointSpec> points;
  std::vector<device::RegisterBlock> blocks;
};

std::optional<Candidate> candidate_of(const device::Profile& profile) {
  auto points = device::expand(profile, profile.defaults);
  if (!points) return std::nullopt;
  if (profile.identity.serial) points->push_back(*profile.identity.serial);
  if (profile.identity.firmware) points->push_back(*profile.identity.firmware);
  const auto plan = device::plan_reads(profile, *points, profile.period);
  if (!plan) return std::nullopt;
  Candidate out{*std::move(points), {}};
  for (const auto& group : plan->groups) {
    for (const auto& block : group.blocks) {
      if (out.blocks.size() < kMostBlocks) out.blocks.push_back(block);
    }
  }
  return out;
}

// What many profiles want is read once.
class Registers {
 public:
  Registers(FieldLine& line, std::uint8_t unit, std::chrono::microseconds timeout)
      : line_(line), unit_(unit), timeout_(timeout) {}

  // None: the device does not give them.
  base::Result<std::optional<std::vector<std::uint16_t>>> of(const device::RegisterBlock& block) {
    if (const auto known = known_.find(block); known != known_.end()) return known->second;
    auto words = line_.read(unit_, block, timeout_);
    if (!words && (is_of_line(words.error()) || words.error().code == base::Errc::cancelled)) return words.error();
    std::optional<std::vector<std::uint16_t>> out;
    if (words) out = *std::move(words);
    known_.emplace(block, out);
    return out;
  }

 private:
  FieldLine& line_;
  std::uint8_t unit_;
  std::chrono::microseconds timeout_;
  std::map<device::RegisterBlock, std::optional<std::vector<std::uint16_t>>> known_;
};

// Integers that are taken for a float are next to nothing, or far beyond everything.
bool is_odd_float(const device::PointSpec& point, const model::Value& value) {
  const auto number = model::as_number(value);
  if (!device::is_float(point.encoding) || !number || *number == 0) return false;
  return !std::isfinite(*number) || std::abs(*number) < 1e-6 || std::abs(*number) > 1e12;
}

// Whether a wrong device would probably show here: a zero, or a number that may be any, says nothing.
bool says_something(const device::PointSpec& point, const model::Sample& sample) {
  if (!model::is_good(sample.quality) || is_odd_float(point, sample.value)) return true;
  if (const auto* text = std::get_if<std::string>(&sample.value)) return !text->empty();
  const auto number = model::as_number(sample.value);
  if (device::is_truth(point) || !number) return false;
  if (point.valid_min && *point.valid_min > 0) return true;
  const bool bounded = point.valid_min && point.valid_max;
  return *number != 0 && (bounded || !point.values.empty() || device::is_float(point.encoding));
}

Likeness compare(const device::Profile& profile, const Candidate& candidate, const device::RegisterImage& image) {
  Likeness out{profile.name, profile.title, 0, 0};
  for (const auto& sample : device::decode_all(candidate.points, image)) {
    const auto& point = candidate.points[sample.point];
    if (!says_something(point, sample)) continue;
    ++out.looked;
    if (model::is_good(sample.quality) && !is_odd_float(point, sample.value)) ++out.fits;
  }
  return out;
}

bool is_likely(const Likeness& one) { return one.fits >= kLeastFits && one.fits * 10 >= one.looked * 8; }

}  // namespace

std::vector<device::Profile> modbus_profiles(const std::vector<std::string>& folders) {
  const auto families = device::driver_table();
  std::vector<device::Profile> out;
  for (const auto& found : find_profiles(folders)) {
    auto loaded = config::load_profile(found.file, families);
    if (!loaded.value) continue;
    const auto family = std::ranges::find(families, loaded.value->family, &device::DriverFamily::name);
    if (family == families.end() || (*family)->protocol != nullptr) continue;
    out.push_back(*std::move(loaded.value));
  }
  return out;
}

base::Result<std::vector<Likeness>> likely_profiles(FieldLine& line, std::uint8_t unit,
                                                    const std::vector<device::Profile>& profiles,
                                                    std::chrono::microseconds timeout) {
  Registers registers(line, unit, timeout);
  std::vector<Likeness> out;
  for (const auto& profile : profiles) {
    const auto candidate = candidate_of(profile);
    if (!candidate) continue;
    device::RegisterImage image;
    for (const auto& block : candidate->blocks) {
      const auto words = registers.of(block);
      if (!words) return words.error();
      // A device gives what its own profile asks for first: else it is another one.
      if (!*words && image.empty()) break;
      if (*words) image.add(block, **words);
    }
    if (const auto likeness = compare(profile, *candidate, image); is_likely(likeness)) out.push_back(likeness);
  }
  std::ranges::stable_sort(out, [](const Likeness& a, const Likeness& b) {
    const auto rank = [](const Likeness& one) { return std::tuple(one.fits * 100 / one.looked, one.fits); };
    return rank(a) > rank(b);
  });
  if (out.size() > kMostShown) out.resize(kMostShown);
  return out;
}

}  // namespace wayside::cli
