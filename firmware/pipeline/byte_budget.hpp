// What a metered link may carry in a day and in a month, by the calendar of the site. As it is used up, what can wait
// is held back first: at 70 % of either the backfill, at 90 % live telemetry; alarms always go, and are counted.
//
// Counted are the bytes that the link was given, and for what no one sees (TCP/IP, TLS, acknowledgements, keep-alives)
// a flat figure a message and a second: generous, so that the bill is not larger. While there is no date, a day is 24
// hours of the gateway's running, and a month 30 days. Pure; home: core.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "rules/site_time.hpp"
#include "wire/envelope.hpp"

namespace wayside::pipeline {

class ByteBudget {
 public:
  static constexpr const char* kSpace = "uplink";  // in the state table
  static constexpr const char* kKey = "budget";
  // Of IPv6 and TCP headers with options, TLS records, the PUBACK and its headers, both ways.
  static constexpr std::uint64_t kAroundMessage = 260;
  static constexpr std::uint64_t kOfKeepAlive = 340;

  struct Limits {  // bytes; 0: none
    std::uint64_t day = 0;
    std::uint64_t month = 0;
  };
  struct Span {
    std::int64_t number = 0;  // of the day since 1970, or of the month since year 0; 0: without a date
    std::uint64_t bytes = 0;
    std::uint64_t most = 0;  // 0: no limit
    base::BootTime since{};
  };
  // What is held back, and by what.
  struct Held {
    bool backfill = false;
    bool live = false;
    bool by_month = false;  // else by the day
  };

  // `calendar` must outlive this. `stored`: what encode() gave.
  ByteBudget(Limits limits, const rules::SiteTime& calendar, std::optional<base::Bytes> stored, base::BootTime now);

  void sent(std::size_t bytes, base::BootTime now) { count(bytes + kAroundMessage, now); }
  void connected_for(std::chrono::duration<double> span, std::chrono::seconds keep_alive, base::BootTime now);
  [[nodiscard]] bool may_send(wire::Lane lane) const;
  [[nodiscard]] Held held() const;
  // Begins new spans. True: something that was held back may go.
  bool turn(base::BootTime now);

  [[nodiscard]] const Span& day() const { return day_; }
  [[nodiscard]] const Span& month() const { return month_; }
  [[nodiscard]] bool is_limited() const { return day_.most != 0 || month_.most != 0; }
  // For the state table; none: nothing has changed since the last call.
  [[nodiscard]] std::optional<base::Bytes> take_changed();

 private:
  void count(std::uint64_t bytes, base::BootTime now);

  const rules::SiteTime& calendar_;
  Span day_;
  Span month_;
  double part_ = 0;  // of a byte of keep-alives
  bool changed_ = false;
};

}  // namespace wayside::pipeline
