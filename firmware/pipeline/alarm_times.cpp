#include "pipeline/alarm_times.hpp"

namespace wayside::pipeline {

bool AlarmTimes::settle(model::AlarmRecord& record, base::BootTime now) {
  const auto boot = record.boot;
  if (boot == time_.boot()) return false;
  record.boot = time_.boot();
  const auto before = record.at;
  const auto moved = time_.in_this_boot(boot, before);
  if (moved) {
    const auto shift = *moved - before;
    record.at = *moved;
    record.active_since += shift;
    record.base += shift;
    if (record.shelved_until) *record.shelved_until += shift;
    record.shelf_carried = false;
    return true;
  }
  record.at = record.active_since = record.base = now;
  record.re_alarms = 0;
  if (!record.shelved_until) return true;
  const auto until = *record.shelved_until;
  record.shelved_until = record.shelf_carried ? now : now + (until - before);
  if (!record.shelf_carried) waiting_.push_back({record.alarm, boot, before, until});
  record.shelf_carried = true;
  return true;
}

std::vector<AlarmTimes::Shelf> AlarmTimes::take_known() {
  std::vector<Shelf> out;
  std::erase_if(waiting_, [this, &out](const Waiting& waiting) {
    const auto at = time_.in_this_boot(waiting.boot, waiting.at);
    if (at) out.push_back({waiting.alarm, *at + (waiting.until - waiting.at)});
    return at.has_value();
  });
  return out;
}

}  // namespace wayside::pipeline
