#include "pipeline/poll_schedule.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::pipeline {
namespace {
bool earlier(const auto& a, const auto& b) { return a.due < b.due; }
}  // namespace

PollSchedule::Slot PollSchedule::add(std::chrono::microseconds period) {
  WAYSIDE_ASSERT(period.count() > 0);
  entries_.push_back({period, {}});
  return entries_.size() - 1;
}

void PollSchedule::start(base::BootTime now) {
  const auto count = static_cast<std::int64_t>(entries_.size());
  std::int64_t position = 0;
  for (auto& entry : entries_) entry.due = now + entry.period * position++ / count;
}

std::optional<PollSchedule::Slot> PollSchedule::take_due(base::BootTime now) {
  const auto first = std::ranges::min_element(entries_, [](const Entry& a, const Entry& b) { return earlier(a, b); });
  if (first == entries_.end() || first->due > now) return std::nullopt;
  const std::int64_t turns = (now - first->due) / first->period + 1;
  missed_ += static_cast<std::uint64_t>(turns - 1);
  first->due += first->period * turns;
  return static_cast<Slot>(first - entries_.begin());
}

base::BootTime PollSchedule::next_due() const {
  return std::ranges::min_element(entries_, [](const Entry& a, const Entry& b) { return earlier(a, b); })->due;
}

void PollSchedule::defer(Slot slot, base::BootTime when) {
  auto& entry = entries_.at(slot);
  if (when <= entry.due) return;
  // Along its own phase, so that a device that comes back keeps its place between the others.
  const std::int64_t turns = (when - entry.due + entry.period - std::chrono::microseconds{1}) / entry.period;
  entry.due += entry.period * turns;
}

}  // namespace wayside::pipeline
