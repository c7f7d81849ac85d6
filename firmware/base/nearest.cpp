#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wayside::base {
namespace {

constexpr std::size_t kMostListed = 16;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t tolerance(std::size_t length) { return length <= 3 ? 1 : std::max<std::size_t>(2, length / 3); }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before(width);
  std::vector<std::size_t> above(width);
  std::vector<std::size_t> row(width);
  for (std::size_t j = 0; j < width; ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = tolerance(wrong.size()) + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(wrong, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string hint(std::string_view wrong, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return "";
  if (const auto near = nearest(wrong, candidates)) return fmt::format("; did you mean '{}'?", *near);
  const std::size_t shown = std::min(candidates.size(), kMostListed);
  std::string out = "; known: ";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ", ";
    out += candidates[i];
  }
  if (shown < candidates.size()) out += fmt::format(" and {} more", candidates.size() - shown);
  return out;
}

}  // namespace wayside::base
