// Which instance wants to be looked at next, and when: a binary heap that knows where each instance stands in it,
// so that moving a deadline costs O(log n) and takes no memory. Ties go to the lower instance, so that a run can be
// repeated. Home: core, owned by the engine.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace wayside::rules {

class Deadlines {
 public:
  explicit Deadlines(std::size_t instances);

  // Replaces the deadline of an instance; none takes it out. Requires: instance < the number given.
  void set(std::uint32_t instance, std::optional<base::BootTime> when);

  // Sets it where there is none or a later one. What it is set too early for finds nothing to do and sets it again: so
  // a deadline that moves with every sample costs nothing until it is due.
  void lower(std::uint32_t instance, base::BootTime when) {
    const auto position = position_[instance];
    if (position == kAbsent || heap_[position].when > when) set(instance, when);
  }

  [[nodiscard]] std::optional<base::BootTime> soonest() const;
  [[nodiscard]] std::size_t bytes() const { return heap_.capacity() * sizeof(Entry) + position_.capacity() * 4; }
  // An instance whose deadline has come, still in: set() says what becomes of it. None where there is none.
  [[nodiscard]] std::optional<std::uint32_t> due(base::BootTime now) const {
    return heap_.empty() || heap_.front().when > now ? std::nullopt : std::optional(heap_.front().instance);
  }
  // Takes out an instance whose deadline has come; none where there is none.
  [[nodiscard]] std::optional<std::uint32_t> take_due(base::BootTime now);

 private:
  struct Entry {
    base::BootTime when;
    std::uint32_t instance;
    auto operator<=>(const Entry&) const = default;
  };

  static constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();

  void remove_at(std::size_t position);
  void settle(std::size_t position);  // moves an entry to where it belongs
  void place(std::size_t position, const Entry& entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_;  // by instance, kAbsent where it has no deadline
};

}  // namespace wayside::rules
