#include "rules/rule_cost.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/formula.hpp"
#include "rules/language/types.hpp"

namespace wayside::rules {
namespace {

constexpr std::size_t kMostNamed = 3;
constexpr double kMiB = 1 << 20;

std::string size_text(std::size_t bytes) {
  const auto size = static_cast<double>(bytes);
  return size >= kMiB ? fmt::format("{:.1f} MiB", size / kMiB) : fmt::format("{:.1f} KiB", size / 1024);
}

}  // namespace

std::vector<std::string> what_it_reads(const Parts& parts) {
  std::vector<std::string> out;
  for (const auto& slot : parts.references) out.push_back(to_string(slot.point));
  for (const auto& aggregate : parts.aggregates) out.push_back(aggregate.text);
  for (const auto& feature : parts.features) out.push_back(feature.text);
  return out;
}

std::string too_much_memory(std::span<const RuleCost> costs, std::size_t limit, bool complete) {
  std::vector<const RuleCost*> biggest;
  for (const auto& cost : costs) biggest.push_back(&cost);
  std::ranges::sort(biggest, std::ranges::greater{}, [](const RuleCost* cost) { return cost->bytes; });
  biggest.resize(std::min(biggest.size(), kMostNamed));
  std::string out = fmt::format("the rules take more than {} (rules.memory of the config): {}", size_text(limit),
                                complete ? "the biggest are " : "the biggest so far are ");
  for (const auto* cost : biggest) {
    const auto each = cost->bytes / std::max<std::size_t>(cost->instances, 1);
    out += fmt::format("{}{} {} ({} instances of {})", cost == biggest.front() ? "" : ", ", cost->rule,
                       size_text(cost->bytes), cost->instances, size_text(each));
  }
  return out + "; make windows shorter, match fewer devices, or allow more";
}

}  // namespace wayside::rules
