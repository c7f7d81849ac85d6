#include "rules/features/fibre_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace wayside::rules {
namespace {

constexpr std::size_t kFewestZones = 8;
constexpr std::size_t kMostZones = 900;  // what is saved of it fits into 8 KiB
constexpr double kShortestTrace = 1;     // s
constexpr double kLongestTrace = 3600;

double spacing_of(std::span<const double> metres) {
  double way = 0;
  for (std::size_t i = 1; i < metres.size(); ++i) way += std::fabs(metres[i] - metres[i - 1]);
  return metres.size() < 2 ? 0 : way / static_cast<double>(metres.size() - 1);
}

detect::FibreSettings settings_of(const AggregateSpec& spec, std::size_t zones, double spacing) {
  detect::FibreSettings out;
  out.zones = zones;
  out.spacing_m = spacing;
  const auto& c = spec.constants;
  if (c.size() > 1) out.least = c[1];
  if (c.size() > 2) out.resolution_m = c[2];
  if (c.size() > 3) out.calibration_m = c[3];
  return out;
}

}  // namespace

std::string refuse_fibre(const AggregateSpec& spec, std::span<const double> metres) {
  const auto& c = spec.constants;
  if (c[0] < kShortestTrace || c[0] > kLongestTrace) return "a trace is taken every 1s to 1h";
  if (metres.size() < kFewestZones || metres.size() > kMostZones) {
    return fmt::format("a fibre has {} to {} zones here, and not {}{}", kFewestZones, kMostZones, metres.size(),
                       metres.size() > kMostZones ? ": group them by sections" : "");
  }
  const auto spacing = spacing_of(metres);
  if (spacing <= 0) return "all zones lie at one metre";
  if (detect::valid(settings_of(spec, metres.size(), spacing))) return {};
  return "the least departure, resolution and calibration are not below 0, and in metres at most 1000000";
}

FibreTrace::FibreTrace(const AggregateSpec& spec, std::vector<double> metres)
    : metres_(std::move(metres)),
      spacing_(spacing_of(metres_)),
      detector_(settings_of(spec, metres_.size(), spacing_)) {}

void FibreTrace::take(const detect::Instant& when, std::span<const double> zones) {
  found_ = detector_.look(when, zones);
  looked_ = true;
}

double FibreTrace::place(double zone) const {
  const auto last = static_cast<double>(metres_.size() - 1);
  const auto at = std::clamp(zone, 0.0, last);
  const auto before = static_cast<std::size_t>(std::min(std::floor(at), last - 1));
  return std::lerp(metres_[before], metres_[before + 1], at - static_cast<double>(before));
}

double FibreTrace::gap(double zone) const {
  const auto at = static_cast<std::size_t>(std::clamp(std::round(zone), 0.0, static_cast<double>(metres_.size() - 1)));
  double out = 0;
  if (at > 0) out = std::fabs(metres_[at] - metres_[at - 1]);
  if (at + 1 < metres_.size()) out = std::max(out, std::fabs(metres_[at + 1] - metres_[at]));
  return out;
}

std::optional<double> FibreTrace::answer(FunctionId function) const {
  if (!looked_) return std::nullopt;
  if (function == FunctionId::fibre_broken) return found_ && found_->cut_m ? 1.0 : 0.0;
  if (!found_) return std::nullopt;
  if (function == FunctionId::fibre_break) {
    return found_->cut_m ? std::optional(place(*found_->cut_m / spacing_)) : std::nullopt;
  }
  if (found_->kind == detect::FibreKind::learning) return std::nullopt;
  if (function == FunctionId::fibre_peak) return found_->score;
  if (found_->uncertainty_m <= 0) return std::nullopt;
  const auto zone = found_->position_m / spacing_;
  if (function == FunctionId::fibre_position) return place(zone);
  return std::max(found_->uncertainty_m, gap(zone));
}

std::optional<std::size_t> FibreTrace::zone() const {
  if (!found_) return std::nullopt;
  const bool somewhere = found_->uncertainty_m > 0;
  if (!somewhere && !found_->cut_m) return std::nullopt;
  const auto at = std::round((somewhere ? found_->position_m : *found_->cut_m) / spacing_);
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(metres_.size() - 1)));
}

std::size_t FibreTrace::bytes() const {
  return sizeof(*this) - sizeof(detector_) + detector_.bytes() + metres_.capacity() * sizeof(double);
}

}  // namespace wayside::rules
