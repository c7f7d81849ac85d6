#include "rules/alarm_kpi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wayside::rules {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr std::size_t kLongestName = 512;

bool is_date(const std::string& key) {
  if (key.size() != 10) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? key[i] != '-' : (key[i] < '0' || key[i] > '9')) return false;
  }
  return true;
}

std::string key_of(base::WallTime wall) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(wall)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace

void AlarmDay::count(const std::string& alarm, std::uint64_t times, std::uint64_t too_high) {
  auto place = std::ranges::find(top, alarm, &Top::alarm);
  if (place == top.end()) {
    if (top.size() < kMostTop) {
      top.push_back({alarm, 0, 0});
      place = top.end() - 1;
    } else {
      // The least takes over: all that it had counts for the newcomer, who was seen less often than that before.
      place = top.end() - 1;
      place->over = place->raises;
      place->alarm = alarm;
    }
  }
  place->raises += times;
  place->over += too_high;
  for (; place != top.begin() && (place - 1)->raises < place->raises; --place) std::iter_swap(place - 1, place);
}

void AlarmDay::add(const AlarmDay& other) {
  raises += other.raises;
  for (std::size_t i = 0; i < by_severity.size(); ++i) by_severity[i] += other.by_severity[i];
  peak = std::max(peak, other.peak);
  floods += other.floods;
  in_flood += other.in_flood;
  stale += other.stale;
  chattering += other.chattering;
  hidden += other.hidden;
  for (const auto& one : other.top) count(one.alarm, one.raises, one.over);
}

AlarmKpi::Entry AlarmKpi::day(std::optional<base::WallTime> wall) {
  if (!wall) {
    if (!undated_) undated_.emplace();
    return {kUndated, *undated_};
  }
  const auto key = key_of(*wall);
  auto found = days_.find(key);
  if (found == days_.end()) {
    const bool too_old = days_.size() >= kMostDays && key < days_.begin()->first;
    found = too_old ? days_.begin() : days_.try_emplace(key).first;
    while (days_.size() > kMostDays) forget_oldest();
  }
  if (undated_) {
    found->second.add(*undated_);
    undated_.reset();
    removed_.emplace_back(kUndated);
  }
  return {found->first, found->second};
}

void AlarmKpi::forget_oldest() {
  removed_.push_back(days_.begin()->first);
  days_.erase(days_.begin());
}

std::vector<std::string> AlarmKpi::take_removed() { return std::exchange(removed_, {}); }

std::vector<std::pair<std::string, AlarmDay>> AlarmKpi::days() const {
  std::vector<std::pair<std::string, AlarmDay>> out(days_.begin(), days_.end());
  if (undated_) out.emplace_back(kUndated, *undated_);
  return out;
}

std::vector<AlarmDay::Top> AlarmKpi::top(std::size_t most) const {
  std::map<std::string, AlarmDay::Top> sums;
  for (const auto& [key, day] : days()) {
    for (const auto& one : day.top) {
      auto& sum = sums[one.alarm];
      sum.raises += one.raises;
      sum.over += one.over;
    }
  }
  std::vector<AlarmDay::Top> out;
  for (auto& [alarm, sum] : sums) out.push_back({alarm, sum.raises, sum.over});
  std::ranges::stable_sort(out, std::ranges::greater{}, &AlarmDay::Top::raises);
  if (out.size() > most) out.resize(most);
  return out;
}

base::Bytes AlarmKpi::encode(const AlarmDay& day) {
  base::ByteWriter out;
  out.u8(kForm);
  out.u64(day.raises);
  for (const auto raises : day.by_severity) out.u64(raises);
  out.u64(day.peak);
  out.u64(day.floods);
  out.i64(day.in_flood.count());
  out.u64(day.stale);
  out.u64(day.chattering);
  out.u64(day.hidden);
  out.u8(static_cast<std::uint8_t>(day.top.size()));
  for (const auto& one : day.top) {
    out.text(one.alarm);
    out.u64(one.raises);
    out.u64(one.over);
  }
  return out.take();
}

std::optional<AlarmDay> AlarmKpi::decode(base::ByteView bytes) {
  base::ByteReader in(bytes);
  if (in.u8() != kForm) return std::nullopt;
  AlarmDay day;
  day.raises = in.u64();
  for (auto& raises : day.by_severity) raises = in.u64();
  day.peak = in.u64();
  day.floods = in.u64();
  day.in_flood = std::chrono::microseconds{in.i64()};
  day.stale = in.u64();
  day.chattering = in.u64();
  day.hidden = in.u64();
  const std::size_t names = in.u8();
  if (names > AlarmDay::kMostTop) return std::nullopt;
  for (std::size_t i = 0; i < names; ++i) {
    AlarmDay::Top one;
    one.alarm = in.text();
    one.raises = in.u64();
    one.over = in.u64();
    if (one.alarm.size() > kLongestName) return std::nullopt;
    day.top.push_back(std::move(one));
  }
  if (!in.ok() || !in.at_end() || day.in_flood < std::chrono::microseconds{0}) return std::nullopt;
  std::ranges::stable_sort(day.top, std::ranges::greater{}, &AlarmDay::Top::raises);
  return day;
}

bool AlarmKpi::restore(const std::string& key, AlarmDay day) {
  if (key == kUndated) {
    undated_ = std::move(day);
    return true;
  }
  if (!is_date(key)) return false;
  days_[key] = std::move(day);
  while (days_.size() > kMostDays) forget_oldest();
  return true;
}

}  // namespace wayside::rules
