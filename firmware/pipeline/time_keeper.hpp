// Binds boot time to dates, late (contracts: time). Takes an anchor when the wall clock is first trusted, after a
// step of more than 100 ms, and daily; keeps the anchors of every boot in the state table (space "boot"); answers
// with the nearest anchor of a boot, or with bounds. Home: core.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/event.hpp"
#include "pipeline/dates.hpp"
#include "ports/outbox.hpp"
#include "wire/envelope.hpp"

namespace wayside::pipeline {

class TimeKeeper {
 public:
  static constexpr const char* kSpace = "boot";

  // `stored`: the entries of kSpace. Unreadable ones are ignored (their boots then have bounds only).
  TimeKeeper(const base::Clock& clock, std::string source, const std::vector<ports::StateEntry>& stored);

  struct Taken {
    model::ClockAnchor anchor;
    std::vector<ports::StateChange> changes;  // belong to the anchor's commit
  };
  // Looks at the clock; an anchor when one is due. Call once a second or so.
  [[nodiscard]] std::optional<Taken> check();

  [[nodiscard]] wire::TimeBase base_for(const base::BootId& boot, base::BootTime offset) const;
  // The date of an instant of this boot; none while the clock was never trusted.
  [[nodiscard]] std::optional<base::WallTime> wall_of(base::BootTime offset) const;
  // An instant of another boot on the clock of this one (it may lie before its start). None while the dates of either
  // are not known, or where they contradict: nothing of another boot lies in the future.
  [[nodiscard]] std::optional<base::BootTime> in_this_boot(const base::BootId& boot, base::BootTime past) const;
  [[nodiscard]] base::BootId boot() const { return clock_.boot_id(); }
  // Of this boot, ascending by offset; empty while the clock was never trusted.
  [[nodiscard]] std::vector<wire::TimeAnchor> anchors() const;
  // Of all boots, as they are known now.
  [[nodiscard]] Dates dates() const;
  // Boots that are dated, this one among them.
  [[nodiscard]] std::size_t dated_boots() const { return boots_.size(); }
  // The newest date that any boot was known to have reached; none: no clock was ever trusted.
  [[nodiscard]] std::optional<base::WallTime> last_known() const;

 private:
  struct Boot {
    std::vector<wire::TimeAnchor> anchors;  // ascending by offset, at most kMostAnchors
  };
  [[nodiscard]] ports::StateChange to_change(const base::BootId& id, const Boot& boot) const;
  [[nodiscard]] wire::TimeBounds bounds_of(const base::BootId& boot) const;

  static constexpr std::size_t kMostAnchors = 32;
  static constexpr std::size_t kMostBoots = 256;
  void forget_oldest(std::vector<ports::StateChange>& changes);

  const base::Clock& clock_;
  std::string source_;
  std::map<base::BootId, Boot> boots_;
};

}  // namespace wayside::pipeline
