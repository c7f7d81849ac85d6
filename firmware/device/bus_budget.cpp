#include "device/bus_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wayside::device {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kRequestCharacters = 8;
constexpr std::int64_t kAnswerOverhead = 5;  // unit, function, count, two of CRC
constexpr std::int64_t kFrameOut = 16;
constexpr std::int64_t kFrameIn = 32;

microseconds characters(const LineSpeed& line, std::int64_t count) {
  return microseconds{(count * line.bits_per_character * 1'000'000 + line.baud - 1) / line.baud};
}

microseconds gap(const LineSpeed& line) {
  constexpr int kFixedAbove = 19'200;
  constexpr microseconds kFixed{1'750};
  if (line.baud > kFixedAbove) return kFixed;
  return microseconds{(35LL * line.bits_per_character * 100'000 + line.baud - 1) / line.baud};
}

microseconds frame_time(const LineSpeed& line, microseconds quiet) {
  if (line.baud <= 0) return kNetworkRoundTrip + quiet;
  return characters(line, kFrameOut + kFrameIn) + kFrameTurnaround + gap(line) + std::max(gap(line), quiet);
}

std::string span(microseconds time) {
  const auto ms = static_cast<double>(time.count()) / 1000;
  return ms < 10'000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.0f} s", ms / 1000);
}

}  // namespace

microseconds exchange_time(const LineSpeed& line, const RegisterBlock& block, microseconds quiet) {
  if (line.baud <= 0) return kNetworkRoundTrip + quiet;
  const bool bits = block.kind == RegisterKind::coil || block.kind == RegisterKind::discrete;
  const std::int64_t payload = bits ? (block.count + 7) / 8 : 2 * block.count;
  return characters(line, kRequestCharacters) + gap(line) + kSerialTurnaround +
         characters(line, kAnswerOverhead + payload) + std::max(gap(line), quiet);
}

BusBudget bus_budget(const LineSpeed& line, const std::vector<BudgetUser>& users) {
  BusBudget budget;
  for (const auto& user : users) {
    if (user.plan->listen) continue;
    for (std::size_t group = 0; group < user.plan->groups.size(); ++group) {
      const auto& each = user.plan->groups[group];
      if (each.period.count() <= 0) continue;
      BudgetRow row{user.device, group, each.period, each.blocks.size(), {}, 0};
      for (const auto& block : each.blocks) row.time += exchange_time(line, block, user.quiet);
      if (user.plan->protocol != nullptr) {
        row.exchanges = 1;
        row.time = frame_time(line, user.quiet);
      }
      row.share = static_cast<double>(row.time.count()) / static_cast<double>(each.period.count());
      budget.share += row.share;
      budget.rows.push_back(std::move(row));
    }
  }
  std::ranges::stable_sort(budget.rows, std::ranges::greater{}, &BudgetRow::share);
  return budget;
}

std::string BusBudget::table() const {
  constexpr std::size_t kMostRows = 20;
  std::string out = fmt::format("  {:<32} {:>5} {:>10} {:>9} {:>10} {:>7}\n", "device", "group", "period", "exchanges",
                                "time", "share");
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const auto& row = rows[i];
    out += fmt::format("  {:<32} {:>5} {:>10} {:>9} {:>10} {:>5.1f} %\n", row.device, row.group, span(row.period),
                       row.exchanges, span(row.time), row.share * 100);
  }
  if (rows.size() > kMostRows) out += fmt::format("  and {} more\n", rows.size() - kMostRows);
  return out;
}

}  // namespace wayside::device
