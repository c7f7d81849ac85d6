#include "model/baseline_summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::model {

namespace {

constexpr std::uint32_t kSide = 2U * BaselineSummary::kReach * BaselineSummary::kCellsPerDeviation;

std::uint32_t finest(double deviations) {
  const auto cell = std::floor((deviations + BaselineSummary::kReach) * BaselineSummary::kCellsPerDeviation);
  return static_cast<std::uint32_t>(std::clamp(cell, 0.0, static_cast<double>(kSide - 1)));
}

std::uint32_t coarser(std::uint32_t place, unsigned by) {
  return ((place >> 16U) >> by) << 16U | (place & 0xFFFFU) >> by;
}

double middle(std::uint32_t cell, std::uint8_t level) {
  const auto wide = std::ldexp(1.0, level);
  return (static_cast<double>(cell) + 0.5) * wide / BaselineSummary::kCellsPerDeviation - BaselineSummary::kReach;
}

std::uint32_t saturated(std::uint32_t a, std::uint32_t b) {
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  return a > kMost - b ? kMost : a + b;
}

// In order of place, each place once.
void tidy(std::vector<BaselineSummary::Cell>& cells) {
  std::sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (kept != 0 && cells[kept - 1].place == cells[i].place)
      cells[kept - 1].count = saturated(cells[kept - 1].count, cells[i].count);
    else
      cells[kept++] = cells[i];
  }
  cells.resize(kept);
}

void coarsen(BaselineSummary::Slot& slot, std::uint8_t level) {
  for (auto& cell : slot.cells) cell.place = coarser(cell.place, static_cast<unsigned>(level - slot.level));
  slot.level = level;
  tidy(slot.cells);
}

// The finest grid on which the cells are few enough: it depends on what is in it, not on the order it came in.
void bound(BaselineSummary::Slot& slot) {
  tidy(slot.cells);
  while (slot.cells.size() > BaselineSummary::kCells && slot.level < BaselineSummary::kCoarsest)
    coarsen(slot, static_cast<std::uint8_t>(slot.level + 1));
}

}  // namespace

void BaselineSummary::add(std::size_t slot, double x, double y, std::uint32_t half_samples) {
  if (slot >= slots.size() || half_samples == 0 || !std::isfinite(x) || !std::isfinite(y)) return;
  auto& into = slots[slot];
  const auto place = finest(x) << 16U | (channels > 1 ? finest(y) : finest(0));
  into.cells.push_back({coarser(place, into.level), half_samples});
  bound(into);
}

bool BaselineSummary::merge(const BaselineSummary& other) {
  if (other.cycle != cycle || other.channels != channels || other.slot_s != slot_s ||
      other.slots.size() != slots.size())
    return false;
  gateways = saturated(gateways, other.gateways);
  points = saturated(points, other.points);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    auto more = other.slots[i];
    const auto level = std::max(more.level, slots[i].level);
    coarsen(more, level);
    coarsen(slots[i], level);
    slots[i].cells.insert(slots[i].cells.end(), more.cells.begin(), more.cells.end());
    bound(slots[i]);
  }
  return true;
}

double BaselineSummary::x_of(const Slot& slot, const Cell& cell) const { return middle(cell.place >> 16U, slot.level); }
double BaselineSummary::y_of(const Slot& slot, const Cell& cell) const {
  return middle(cell.place & 0xFFFFU, slot.level);
}

bool BaselineSummary::sound(const Slot& slot) {
  if (slot.level > kCoarsest || slot.cells.size() > kCells) return false;
  const auto side = std::max(kSide >> slot.level, 1U);
  for (std::size_t i = 0; i < slot.cells.size(); ++i) {
    const auto& cell = slot.cells[i];
    if (cell.count == 0 || (cell.place >> 16U) >= side || (cell.place & 0xFFFFU) >= side) return false;
    if (i != 0 && slot.cells[i - 1].place >= cell.place) return false;
  }
  return true;
}

Fit fit(const BaselineKind& place, const BaselineKind& prior) {
  if (place.function != prior.function || place.metrics != prior.metrics) return Fit::none;
  if (place.family.empty()) return Fit::family;
  if (place.family != prior.family) return Fit::none;
  return place.profile == prior.profile ? Fit::profile : Fit::family;
}

std::optional<BaselineSummary> prior_for(const BaselineKind& place, std::span<const SharedBaseline> priors) {
  std::optional<BaselineSummary> family;
  for (const auto& prior : priors) {
    const auto match = fit(place, prior.kind);
    if (match == Fit::profile) return prior.summary;
    if (match == Fit::none) continue;
    if (!family) {
      family = prior.summary;
    } else {
      (void)family->merge(prior.summary);  // false: of another release's cycle; the first goes on without it
    }
  }
  return family;
}

}  // namespace wayside::model
