#include "base/virtual_scheduler.hpp"

#include <algorithm>
#include <utility>

namespace wayside::base {

class VirtualTime::Queue final : public Scheduler {
 public:
  explicit Queue(VirtualTime& time) : time_(time) {}
  ~Queue() override { time_.remove_all(this); }
  void post(Task task) override { time_.add(this, time_.now_, std::move(task)); }
  TimerId post_at(BootTime when, Task task) override { return time_.add(this, when, std::move(task)); }
  void cancel(TimerId id) override { time_.remove(this, id); }
  [[nodiscard]] BootTime now() const override { return time_.now_; }

  // The tie of the last task added for `when`: later tasks of this queue for the same time must not be smaller.
  std::uint64_t floor_tie(BootTime when, std::uint64_t drawn) {
    if (when == last_when_) drawn = std::max(drawn, last_tie_);
    last_when_ = when;
    last_tie_ = drawn;
    return drawn;
  }

 private:
  VirtualTime& time_;
  BootTime last_when_{std::chrono::microseconds{-1}};
  std::uint64_t last_tie_ = 0;
};

VirtualTime::VirtualTime(WallTime wall_at_start, Random* order) : wall_at_zero_(wall_at_start), order_(order) {
  boot_.fill(1);
}

VirtualTime::~VirtualTime() = default;

std::unique_ptr<Scheduler> VirtualTime::make_scheduler() { return std::make_unique<Queue>(*this); }

TimerId VirtualTime::add(Queue* owner, BootTime when, Task task) {
  when = std::max(when, now_);
  // Ties come from a small range: most orders stay as posted per queue, but two queues interleave by the seed.
  const std::uint64_t drawn = order_ == nullptr ? 0 : order_->below(4);
  const std::uint64_t id = next_++;
  const Key key{when, order_ == nullptr ? 0 : owner->floor_tie(when, drawn), id};
  items_.emplace(key, Item{owner, std::move(task)});
  by_id_.emplace(id, key);
  return TimerId{id};
}

void VirtualTime::remove(Queue* owner, TimerId id) {
  const auto found = by_id_.find(static_cast<std::uint64_t>(id));
  if (found == by_id_.end()) return;
  const auto item = items_.find(found->second);
  WAYSIDE_ASSERT(item != items_.end() && item->second.owner == owner);
  items_.erase(item);
  by_id_.erase(found);
}

void VirtualTime::remove_all(Queue* owner) {
  // Collected first: a task's captures may own schedulers or cancel timers as they go.
  std::vector<Task> gone;
  for (auto it = items_.begin(); it != items_.end();) {
    if (it->second.owner == owner) {
      gone.push_back(std::move(it->second.task));
      by_id_.erase(it->first.sequence);
      it = items_.erase(it);
    } else {
      ++it;
    }
  }
}

bool VirtualTime::step(BootTime limit) {
  if (items_.empty() || items_.begin()->first.when > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  auto node = items_.extract(items_.begin());
  by_id_.erase(node.key().sequence);
  now_ = std::max(now_, node.key().when);
  node.mapped().task();
  return true;
}

void VirtualTime::run_until(BootTime limit) {
  while (step(limit)) {
  }
}

}  // namespace wayside::base
