// Where in the day a sample falls: by the site's clock once that was trusted, by the steady clock until then (a daily
// rhythm has its 24 hours whatever the hands say). Plain value; home: its detector.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect::likelihood {

class DayPhase {
 public:
  static constexpr std::int64_t kDay = 86'400;

  enum class Hands : std::uint8_t {
    kSteady,   // the site's clock was never known: midnight is where the steady clock has it
    kSite,     // known, now or earlier in this boot
    kWaiting,  // what is learned is by the site's clock, which is not known yet in this boot
  };

  DayPhase() = default;
  explicit DayPhase(Hands hands) : hands_(hands) {}

  // Seconds since midnight, 0 to kDay - 1; none while waiting. A step of the site's clock (summer time) is followed.
  std::optional<std::int64_t> of(const Instant& when) {
    const std::int64_t steady = wrap(base::to_us(when.at) / 1'000'000);
    if (when.local_s) {
      offset_ = wrap(wrap(*when.local_s) - steady);
      hands_ = Hands::kSite;
    }
    if (hands_ == Hands::kWaiting) return std::nullopt;
    return wrap(steady + offset_);
  }

  [[nodiscard]] Hands hands() const { return hands_; }
  [[nodiscard]] std::int64_t offset() const { return offset_; }  // the site's second of day less the steady clock's

 private:
  static constexpr std::int64_t wrap(std::int64_t seconds) { return (seconds % kDay + kDay) % kDay; }

  std::int64_t offset_ = 0;
  Hands hands_ = Hands::kSteady;
};

}  // namespace wayside::rules::detect::likelihood
