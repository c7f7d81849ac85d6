#include "wire/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "wire/baseline_message.hpp"

namespace wayside::wire {
namespace {

using model::BaselineSummary;

constexpr std::size_t kMostText = 256;
constexpr int kMostMetrics = 64;
constexpr std::uint32_t kDay = 86400;
constexpr std::uint32_t kDeviationZero = BaselineSummary::kReach * BaselineSummary::kCellsPerDeviation;

base::Error wrong(const std::string& where, const std::string& what) {
  return base::invalid_argument(where + ": " + what);
}

std::uint32_t days_of(v1::SeasonalCycle cycle) {
  switch (cycle) {
    case v1::SEASONAL_CYCLE_DAY: return 1;
    case v1::SEASONAL_CYCLE_DAY_KIND: return 2;
    case v1::SEASONAL_CYCLE_WEEK: return 7;
    default: return 0;
  }
}

bool is_plain(const std::string& text) {
  return text.size() <= kMostText && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) != 0x7F;
         });
}

base::Result<BaselineSummary::Slot> read_slot(const v1::SeasonalSlot& in, std::uint32_t channels,
                                              const std::string& where) {
  const auto cells = in.column_size();
  const auto rows = channels > 1 ? cells : 0;
  if (in.count_size() != cells || in.row_size() != rows) {
    return wrong(where, fmt::format("{} columns, {} rows and {} counts: with {} there have to be as many {}", cells,
                                    in.row_size(), in.count_size(), channels > 1 ? "two channels" : "one channel",
                                    channels > 1 ? "of each" : "counts as columns, and no rows"));
  }
  if (static_cast<std::size_t>(cells) > BaselineSummary::kCells) {
    return wrong(where, fmt::format("{} cells, at most {}", cells, BaselineSummary::kCells));
  }
  if (in.level() > BaselineSummary::kCoarsest) {
    return wrong(where, fmt::format("level {}, at most {}", in.level(), BaselineSummary::kCoarsest));
  }
  BaselineSummary::Slot out;
  out.level = static_cast<std::uint8_t>(in.level());
  out.cells.reserve(static_cast<std::size_t>(cells));
  for (int i = 0; i < cells; ++i) {
    const auto row = channels > 1 ? in.row(i) : kDeviationZero >> in.level();
    if (in.column(i) > 0xFFFFU || row > 0xFFFFU) return wrong(where, "a cell beyond the grid");
    out.cells.push_back({in.column(i) << 16U | row, in.count(i)});
  }
  if (!BaselineSummary::sound(out)) {
    return wrong(where, "cells beyond the grid of its level, out of order, twice, or with a count of 0");
  }
  return out;
}

base::Result<BaselineSummary> read_seasonal(const v1::SeasonalBaseline& in, const std::string& where) {
  const auto days = days_of(in.cycle());
  if (days == 0) return wrong(where, "no cycle that this release knows: a day, a day kind or a week");
  if (in.channels() < 1 || in.channels() > 2) {
    return wrong(where, fmt::format("{} channels: there are 1 or 2", in.channels()));
  }
  if (in.slot_seconds() == 0 || kDay % in.slot_seconds() != 0) {
    return wrong(where, fmt::format("slots of {} s do not divide the day", in.slot_seconds()));
  }
  const std::size_t slots = std::size_t{kDay / in.slot_seconds()} * days;
  if (slots > BaselineSummary::kSlots || static_cast<std::size_t>(in.slots_size()) != slots) {
    return wrong(where, fmt::format("{} slots; its cycle has {}, and at most {} are allowed", in.slots_size(), slots,
                                    BaselineSummary::kSlots));
  }
  BaselineSummary out;
  out.cycle = static_cast<std::uint8_t>(static_cast<int>(in.cycle()) - 1);
  out.channels = static_cast<std::uint8_t>(in.channels());
  out.slot_s = in.slot_seconds();
  out.gateways = in.gateways();
  out.points = in.points();
  for (int i = 0; i < in.slots_size(); ++i) {
    auto slot = read_slot(in.slots(i), in.channels(), fmt::format("{}.slots[{}]", where, i));
    if (!slot) return slot.error();
    out.slots.push_back(std::move(*slot));
  }
  return out;
}

base::Result<model::SharedBaseline> read_one(const v1::Baseline& in, const std::string& where) {
  model::SharedBaseline out;
  out.kind = {in.function(), in.family(), in.profile(), {in.metrics().begin(), in.metrics().end()}};
  if (in.function().empty() || in.metrics().empty()) return wrong(where, "it names no function, or no metric");
  bool plain = is_plain(in.function()) && is_plain(in.family()) && is_plain(in.profile());
  plain = plain && in.metrics_size() <= kMostMetrics && std::ranges::all_of(in.metrics(), is_plain);
  if (!plain) {
    return wrong(where, fmt::format("a name with control characters or longer than {}, or more than {} metrics",
                                    kMostText, kMostMetrics));
  }
  if (!in.has_seasonal()) return wrong(where, "nothing in it that this release can use: was it made by a newer one?");
  auto seasonal = read_seasonal(in.seasonal(), where);
  if (!seasonal) return seasonal.error();
  out.summary = std::move(*seasonal);
  return out;
}

void fill_seasonal(v1::SeasonalBaseline& out, const BaselineSummary& summary) {
  out.set_cycle(static_cast<v1::SeasonalCycle>(summary.cycle + 1));
  out.set_slot_seconds(summary.slot_s);
  out.set_channels(summary.channels);
  out.set_gateways(summary.gateways);
  out.set_points(summary.points);
  for (const auto& slot : summary.slots) {
    auto& one = *out.add_slots();
    one.set_level(slot.level);
    for (const auto& cell : slot.cells) {
      one.add_column(cell.place >> 16U);
      if (summary.channels > 1) one.add_row(cell.place & 0xFFFFU);
      one.add_count(cell.count);
    }
  }
}

}  // namespace

void fill_baselines(v1::BaselineSet& out, std::span<const model::SharedBaseline> baselines) {
  for (const auto& baseline : baselines) {
    auto& one = *out.add_baselines();
    one.set_function(baseline.kind.function);
    one.set_family(baseline.kind.family);
    one.set_profile(baseline.kind.profile);
    for (const auto& metric : baseline.kind.metrics) one.add_metrics(metric);
    fill_seasonal(*one.mutable_seasonal(), baseline.summary);
  }
}

base::Result<std::vector<model::SharedBaseline>> read_baselines(const v1::BaselineSet& set) {
  if (static_cast<std::size_t>(set.baselines_size()) > kMostBaselines) {
    return base::invalid_argument(
        fmt::format("{} baselines in one set, at most {}", set.baselines_size(), kMostBaselines));
  }
  std::vector<model::SharedBaseline> out;
  for (int i = 0; i < set.baselines_size(); ++i) {
    const auto where = fmt::format("baselines[{}]", i);
    auto one = read_one(set.baselines(i), where);
    if (!one) return one.error();
    if (auto merged = merge_into(out, std::move(*one)); !merged) return merged.error().in(where);
  }
  return out;
}

base::Bytes encode_baselines(std::span<const model::SharedBaseline> baselines) {
  v1::BaselineSet set;
  fill_baselines(set, baselines);
  base::Bytes out(set.ByteSizeLong());
  set.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

base::Result<std::vector<model::SharedBaseline>> decode_baselines(base::ByteView bytes) {
  if (bytes.size() > kMostBaselineBytes) {
    return base::invalid_argument(
        fmt::format("{} bytes; a set of baselines has at most {}", bytes.size(), kMostBaselineBytes));
  }
  v1::BaselineSet set;
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return base::invalid_argument("not a set of baselines (wayside.v1.BaselineSet), or cut off");
  }
  if (set.baselines().empty()) return base::invalid_argument("a set without a baseline: nothing was learned in it");
  return read_baselines(set);
}

base::Result<void> merge_into(std::vector<model::SharedBaseline>& list, model::SharedBaseline more) {
  const auto found = std::ranges::find(list, more.kind, &model::SharedBaseline::kind);
  if (found == list.end()) {
    list.push_back(std::move(more));
    return {};
  }
  if (found->summary.merge(more.summary)) return {};
  return base::invalid_argument(more.kind.function + " stands twice, with different cycles: one is of another release");
}

}  // namespace wayside::wire
