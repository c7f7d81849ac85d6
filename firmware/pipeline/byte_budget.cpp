#include "pipeline/byte_budget.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace wayside::pipeline {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr std::uint64_t kBackfillPercent = 70;
constexpr std::uint64_t kLivePercent = 90;
constexpr std::int64_t kSecondsADay = 86'400;
constexpr auto kDayWithoutDate = std::chrono::hours{24};
constexpr auto kMonthWithoutDate = std::chrono::hours{24 * 30};

bool is_over(const ByteBudget::Span& span, std::uint64_t percent) {
  return span.most != 0 && span.bytes >= span.most / 100 * percent + span.most % 100 * percent / 100;
}

std::int64_t month_of(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return std::int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month()) - 1;
}

// A span of another number begins. What was counted without a date belongs to the first date that comes.
bool turn_to(ByteBudget::Span& span, std::optional<std::int64_t> number, std::chrono::microseconds without_date,
             base::BootTime now) {
  if (number && span.number == 0) {
    span.number = *number;
    return false;
  }
  const bool over = number ? *number != span.number : now - span.since >= without_date;
  if (!over) return false;
  span.number = number.value_or(0);
  span.bytes = 0;
  span.since = now;
  return true;
}

}  // namespace

ByteBudget::ByteBudget(Limits limits, const rules::SiteTime& calendar, std::optional<base::Bytes> stored,
                       base::BootTime now)
    : calendar_(calendar) {
  day_.since = month_.since = now;
  if (stored) {
    base::ByteReader in(*stored);
    const bool known = in.u8() == kForm;
    Span day{in.i64(), in.u64(), 0, now};
    Span month{in.i64(), in.u64(), 0, now};
    if (known && in.ok() && in.at_end()) {
      day_ = day;
      month_ = month;
    }
  }
  day_.most = limits.day;
  month_.most = limits.month;
  turn(now);
}

bool ByteBudget::turn(base::BootTime now) {
  const auto date = calendar_.at(now);
  std::optional<std::int64_t> day;
  std::optional<std::int64_t> month;
  if (date) {
    day = date->local_s / kSecondsADay;
    month = month_of(*day);
  }
  const auto before = held();
  const bool new_day = turn_to(day_, day, kDayWithoutDate, now);
  const bool new_month = turn_to(month_, month, kMonthWithoutDate, now);
  changed_ = changed_ || new_day || new_month;
  const auto after = held();
  return (before.backfill && !after.backfill) || (before.live && !after.live);
}

void ByteBudget::count(std::uint64_t bytes, base::BootTime now) {
  turn(now);
  day_.bytes += bytes;
  month_.bytes += bytes;
  changed_ = true;
}

void ByteBudget::connected_for(std::chrono::duration<double> span, std::chrono::seconds keep_alive,
                               base::BootTime now) {
  part_ += span.count() / static_cast<double>(std::max<std::int64_t>(keep_alive.count(), 1)) *
           static_cast<double>(kOfKeepAlive);
  const double whole = std::floor(part_);
  if (whole < 1) return;
  part_ -= whole;
  count(static_cast<std::uint64_t>(whole), now);
}

bool ByteBudget::may_send(wire::Lane lane) const {
  const auto now = held();
  return !(lane == wire::Lane::backfill && now.backfill) && !(lane == wire::Lane::live && now.live);
}

ByteBudget::Held ByteBudget::held() const {
  Held out;
  out.backfill = is_over(day_, kBackfillPercent) || is_over(month_, kBackfillPercent);
  out.live = is_over(day_, kLivePercent) || is_over(month_, kLivePercent);
  out.by_month = is_over(month_, out.live ? kLivePercent : kBackfillPercent);
  return out;
}

std::optional<base::Bytes> ByteBudget::take_changed() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  base::ByteWriter out;
  out.u8(kForm);
  for (const auto* span : {&day_, &month_}) {
    out.i64(span->number);
    out.u64(span->bytes);
  }
  return out.take();
}

}  // namespace wayside::pipeline
