#include "rules/deadlines.hpp"

namespace wayside::rules {

Deadlines::Deadlines(std::size_t instances) : position_(instances, kAbsent) { heap_.reserve(instances); }

void Deadlines::set(std::uint32_t instance, std::optional<base::BootTime> when) {
  const auto position = position_[instance];
  if (!when) {
    if (position != kAbsent) remove_at(position);
  } else if (position != kAbsent) {
    heap_[position].when = *when;
    settle(position);
  } else {
    heap_.push_back({*when, instance});
    settle(heap_.size() - 1);
  }
}

std::optional<base::BootTime> Deadlines::soonest() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

std::optional<std::uint32_t> Deadlines::take_due(base::BootTime now) {
  if (heap_.empty() || heap_.front().when > now) return std::nullopt;
  const auto instance = heap_.front().instance;
  remove_at(0);
  return instance;
}

void Deadlines::remove_at(std::size_t position) {
  position_[heap_[position].instance] = kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  heap_[position] = last;
  settle(position);
}

void Deadlines::settle(std::size_t position) {
  const Entry moved = heap_[position];
  while (position > 0 && moved < heap_[(position - 1) / 2]) {
    place(position, heap_[(position - 1) / 2]);
    position = (position - 1) / 2;
  }
  for (;;) {
    std::size_t child = position * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (!(heap_[child] < moved)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, moved);
}

void Deadlines::place(std::size_t position, const Entry& entry) {
  heap_[position] = entry;
  position_[entry.instance] = static_cast<std::uint32_t>(position);
}

}  // namespace wayside::rules
