#include "pipeline/poll_schedule.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/assert.hpp"

namespace wayside::pipeline {
namespace {
constexpr std::chrono::microseconds kFirstWithin{std::chrono::seconds{10}};
}  // namespace

PollSchedule::Slot PollSchedule::add(std::chrono::microseconds period, BusClass priority) {
  WAYSIDE_ASSERT(period.count() > 0);
  entries_.push_back({period, priority, false, {}, {}, Where::nowhere});
  return entries_.size() - 1;
}

PollSchedule::Slot PollSchedule::add_idle(std::chrono::microseconds period, BusClass priority) {
  const auto slot = add(period, priority);
  entries_[slot].idle = true;
  return slot;
}

void PollSchedule::start(base::BootTime now) {
  std::map<std::chrono::microseconds, std::vector<Slot>> by_period;
  for (Slot slot = 0; slot < entries_.size(); ++slot) {
    if (!entries_[slot].idle) by_period[entries_[slot].period].push_back(slot);
  }
  if (by_period.empty()) return;
  const auto distance = by_period.begin()->first / static_cast<std::int64_t>(by_period.begin()->second.size());
  std::int64_t number = 0;
  for (const auto& [period, slots] : by_period) {
    const auto shift = distance * number++ / static_cast<std::int64_t>(by_period.size());
    for (std::size_t k = 0; k < slots.size(); ++k) {
      const auto place = static_cast<std::int64_t>(k);
      const auto count = static_cast<std::int64_t>(slots.size());
      auto& entry = entries_[slots[k]];
      entry.phase = now + period * place / count + shift;
      put(slots[k], std::min(entry.phase, now + std::min(period, kFirstWithin) * place / count + shift));
    }
  }
}

void PollSchedule::put(Slot slot, base::BootTime due) {
  remove(slot);
  entries_[slot].due = due;
  entries_[slot].where = Where::waiting;
  waiting_.emplace(due, slot);
}

void PollSchedule::remove(Slot slot) {
  auto& entry = entries_[slot];
  if (entry.where == Where::waiting) waiting_.erase({entry.due, slot});
  if (entry.where == Where::ready) {
    ready_[index(entry.priority)].erase({entry.due + entry.period, slot});
    late_.erase({entry.due + 2 * entry.period, slot});
  }
  entry.where = Where::nowhere;
}

void PollSchedule::advance(base::BootTime now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const Slot slot = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    auto& entry = entries_[slot];
    entry.where = Where::ready;
    ready_[index(entry.priority)].emplace(entry.due + entry.period, slot);
    late_.emplace(entry.due + 2 * entry.period, slot);
  }
}

PollSchedule::Due PollSchedule::describe(Slot slot) const {
  const auto& entry = entries_[slot];
  return {slot, entry.priority, entry.due, entry.due + entry.period};
}

std::optional<PollSchedule::Due> PollSchedule::peek(base::BootTime now) {
  advance(now);
  for (const auto& order : ready_) {
    if (!order.empty()) return describe(order.begin()->second);
  }
  return std::nullopt;
}

std::optional<PollSchedule::Due> PollSchedule::peek_late(base::BootTime now) {
  advance(now);
  if (late_.empty() || late_.begin()->first >= now) return std::nullopt;
  return describe(late_.begin()->second);
}

void PollSchedule::take(const Due& due, base::BootTime now) {
  auto& entry = entries_.at(due.slot);
  const auto skipped = std::max<std::int64_t>((now - entry.due) / entry.period, 0);
  remove(due.slot);
  if (entry.idle) return;
  missed_[index(entry.priority)] += static_cast<std::uint64_t>(skipped);
  put(due.slot, first_after(entry, now));
}

std::optional<PollSchedule::Slot> PollSchedule::take_due(base::BootTime now) {
  const auto due = peek(now);
  if (!due) return std::nullopt;
  take(*due, now);
  return due->slot;
}

base::BootTime PollSchedule::first_after(const Entry& entry, base::BootTime now) const {
  if (now < entry.phase) return entry.phase;
  return entry.phase + entry.period * ((now - entry.phase) / entry.period + 1);
}

std::optional<base::BootTime> PollSchedule::next_due() const {
  std::optional<base::BootTime> next;
  const auto take_sooner = [&next](base::BootTime due) { next = next ? std::min(*next, due) : due; };
  if (!waiting_.empty()) take_sooner(waiting_.begin()->first);
  for (const auto& order : ready_) {
    if (!order.empty()) take_sooner(entries_[order.begin()->second].due);
  }
  return next;
}

void PollSchedule::defer(Slot slot, base::BootTime when) {
  const auto& entry = entries_.at(slot);
  if (entry.where == Where::nowhere || when <= entry.due) return;
  // Along its own phase, so that a device that comes back keeps its place between the others.
  put(slot, first_after(entry, when - std::chrono::microseconds{1}));
}

void PollSchedule::wake(Slot slot, base::BootTime when) { put(slot, when); }

void PollSchedule::suspend(Slot slot) { remove(slot); }

void PollSchedule::resume(Slot slot, base::BootTime now) {
  if (entries_.at(slot).where == Where::nowhere && !entries_[slot].idle) put(slot, first_after(entries_[slot], now));
}

void PollSchedule::set_priority(Slot slot, BusClass priority) {
  const auto& entry = entries_.at(slot);
  const bool placed = entry.where != Where::nowhere;
  remove(slot);
  entries_[slot].priority = priority;
  if (placed) put(slot, entries_[slot].due);
}

std::uint64_t PollSchedule::missed() const { return std::accumulate(missed_.begin(), missed_.end(), std::uint64_t{0}); }

}  // namespace wayside::pipeline
