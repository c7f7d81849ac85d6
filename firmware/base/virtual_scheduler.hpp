// Virtual time: a Scheduler and Clock whose hands move only when told. For tests and the run from a seed.
// Single-threaded. Several Schedulers may share one VirtualTime; with a Random, tasks due at the same instant
// on different Schedulers run in an order drawn from it (on one Scheduler always in the order posted).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/scheduler.hpp"

namespace wayside::base {

class VirtualTime final : public Clock {
 public:
  // `order` may be null: then ties run in the order posted. It must outlive this.
  explicit VirtualTime(WallTime wall_at_start, Random* order = nullptr);
  ~VirtualTime() override;

  // A Scheduler on this time. It must not outlive this; when it goes, its tasks go unrun.
  [[nodiscard]] std::unique_ptr<Scheduler> make_scheduler();

  // Runs the next task, moving time to it; false when none is due by `limit` (time is then at `limit`).
  bool step(BootTime limit);
  void run_until(BootTime limit);
  void run_for(std::chrono::microseconds span) { run_until(now_ + span); }

  [[nodiscard]] BootTime boot_now() const override { return now_; }
  [[nodiscard]] WallTime wall_now() const override { return wall_at_zero_ + now_.time_since_epoch(); }
  [[nodiscard]] bool wall_trusted() const override { return trusted_; }
  [[nodiscard]] std::chrono::microseconds wall_uncertainty() const override { return std::chrono::milliseconds{1}; }
  [[nodiscard]] BootId boot_id() const override { return boot_; }

  void set_trusted(bool trusted) { trusted_ = trusted; }
  void step_wall(std::chrono::microseconds by) { wall_at_zero_ += by; }
  // A reboot as the gateway sees it: a new boot id; boot time goes on (it only has to differ by boot).
  void set_boot_id(const BootId& id) { boot_ = id; }

 private:
  class Queue;
  struct Key {
    BootTime when;
    std::uint64_t tie;
    std::uint64_t sequence;
    auto operator<=>(const Key&) const = default;
  };
  struct Item {
    Queue* owner;
    Task task;
  };

  TimerId add(Queue* owner, BootTime when, Task task);
  void remove(Queue* owner, TimerId id);
  void remove_all(Queue* owner);

  BootTime now_{};
  WallTime wall_at_zero_;
  bool trusted_ = true;
  BootId boot_{};
  Random* order_;
  std::uint64_t next_ = 1;
  std::map<Key, Item> items_;
  std::map<std::uint64_t, Key> by_id_;
};

}  // namespace wayside::base
