#include "rules/alarm_load.hpp"

#include <algorithm>

namespace wayside::rules {
namespace {

std::vector<Offender> worst(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<Offender> all;
  all.reserve(counts.size());
  for (const auto& [alarm, raises] : counts) all.push_back({alarm, raises});
  std::ranges::stable_sort(all, std::ranges::greater{}, &Offender::raises);
  if (all.size() > AlarmLoad::kMostNamed) all.resize(AlarmLoad::kMostNamed);
  return all;
}

}  // namespace

std::vector<LoadChange> AlarmLoad::raised(const std::string& alarm, base::BootTime now) {
  auto out = on_timer(now);
  raises_.push_back({now, alarm});
  if (raises_.size() > kMostRaises) raises_.pop_front();
  look_for_chatter(alarm, now, out);
  look_for_flood(alarm, now, out);
  return out;
}

void AlarmLoad::forget_old(base::BootTime now) {
  while (!raises_.empty() && now - raises_.front().at >= limits_.flood_within) raises_.pop_front();
}

void AlarmLoad::look_for_chatter(const std::string& alarm, base::BootTime now, std::vector<LoadChange>& out) {
  std::uint32_t raises = 0;
  for (auto raise = raises_.rbegin(); raise != raises_.rend(); ++raise) {
    if (now - raise->at >= limits_.chatter_within) break;
    raises += raise->alarm == alarm ? 1U : 0U;
  }
  if (raises < limits_.chatter_raises) return;
  if (const auto known = chattering_.find(alarm); known != chattering_.end()) {
    known->second.last = now;
    return;
  }
  if (chattering_.size() >= kMostChattering) {
    ++untold_;
    return;
  }
  chattering_[alarm] = {now, now};
  out.push_back({LoadChange::Kind::chatter_began, alarm, raises, {}, {}, now});
}

void AlarmLoad::look_for_flood(const std::string& alarm, base::BootTime now, std::vector<LoadChange>& out) {
  if (flood_since_) {
    ++flood_raises_;
    if (flooded_.size() < kMostRaises || flooded_.contains(alarm)) ++flooded_[alarm];
    return;
  }
  if (raises_.size() <= limits_.flood_over) return;
  flood_since_ = now;
  flood_not_before_ = now;
  flooded_.clear();
  for (const auto& raise : raises_) ++flooded_[raise.alarm];
  flood_raises_ = recent();
  out.push_back({LoadChange::Kind::flood_began, "", flood_raises_, worst(flooded_), {}, now});
}

// The instant at which so many have left the window that too few remain.
std::optional<base::BootTime> AlarmLoad::flood_end() const {
  if (!flood_since_) return std::nullopt;
  auto end = flood_not_before_;
  if (raises_.size() >= limits_.flood_under) {
    end = std::max(end, raises_[raises_.size() - limits_.flood_under].at + limits_.flood_within);
  }
  return end;
}

std::optional<base::BootTime> AlarmLoad::next_timer() const {
  auto next = flood_end();
  for (const auto& [alarm, chatter] : chattering_) {
    const auto end = chatter.last + limits_.chatter_over;
    next = next ? std::min(*next, end) : end;
  }
  return next;
}

std::vector<LoadChange> AlarmLoad::on_timer(base::BootTime now) {
  std::vector<LoadChange> out;
  if (const auto end = flood_end(); end && *end <= now) {
    out.push_back({LoadChange::Kind::flood_ended, "", flood_raises_, worst(flooded_), now - *flood_since_, now});
    flood_since_.reset();
    flooded_.clear();
  }
  forget_old(now);
  for (auto chatter = chattering_.begin(); chatter != chattering_.end();) {
    if (now - chatter->second.last < limits_.chatter_over) {
      ++chatter;
      continue;
    }
    out.push_back({LoadChange::Kind::chatter_ended, chatter->first, 0, {}, now - chatter->second.since, now});
    chatter = chattering_.erase(chatter);
  }
  return out;
}

void AlarmLoad::restore_flood(base::BootTime since, base::BootTime now) {
  flood_since_ = since;
  flood_not_before_ = now + limits_.flood_within;
}

void AlarmLoad::restore_chatter(const std::string& alarm, base::BootTime since, base::BootTime now) {
  if (chattering_.size() < kMostChattering) chattering_[alarm] = {since, now};
}

std::vector<Offender> AlarmLoad::offenders() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& raise : raises_) ++counts[raise.alarm];
  return worst(counts);
}

std::vector<std::string> AlarmLoad::chattering() const {
  std::vector<std::string> out;
  for (const auto& [alarm, chatter] : chattering_) out.push_back(alarm);
  return out;
}

}  // namespace wayside::rules
