#include "rules/alarm_life.hpp"

namespace wayside::rules {

AlarmLife::Change AlarmLife::step(const LifeTiming& timing, const Observation& seen, base::BootTime now) {
  const auto& wanted = raised_ ? seen.ending : seen.condition;
  if (!wanted.value_or(false)) {
    since_.reset();
    return Change::none;
  }
  if (!since_) since_ = now;
  if (now - *since_ < (raised_ ? timing.keep_firing_for : timing.hold_for)) return Change::none;
  since_.reset();
  raised_ = !raised_;
  return raised_ ? Change::raised : Change::cleared;
}

std::optional<base::BootTime> AlarmLife::deadline(const LifeTiming& timing) const {
  if (!since_) return std::nullopt;
  return *since_ + (raised_ ? timing.keep_firing_for : timing.hold_for);
}

void AlarmLife::restore(bool raised) {
  raised_ = raised;
  since_.reset();
}

}  // namespace wayside::rules
