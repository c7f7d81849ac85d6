#include "rules/detect/usual.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "usual 1";
constexpr std::int64_t kHour = 3600;
constexpr std::size_t kHoursOfDay = 24;
constexpr std::size_t kFewest = 2;
// Of an hour that was seen for less its mean says little; a clock that is set cuts hours short.
constexpr std::chrono::minutes kLeastOfHour{30};

std::size_t hour_of_week(std::int64_t hour) {
  constexpr auto kHours = static_cast<std::int64_t>(Usual::kHours);
  return static_cast<std::size_t>(((hour % kHours) + kHours) % kHours);
}

double median(std::span<float> values) {
  std::ranges::sort(values);
  const auto half = values.size() / 2;
  const auto upper = static_cast<double>(values[half]);
  return values.size() % 2 == 1 ? upper : (static_cast<double>(values[half - 1]) + upper) / 2;
}

}  // namespace

std::optional<double> Usual::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values) || std::abs(values[0]) > 1e30) return std::nullopt;
  if (!when.local_s) return std::nullopt;
  const auto hour = *when.local_s / kHour - (*when.local_s % kHour < 0 ? 1 : 0);
  if (running_ && running_->hour != hour) close();
  auto said = usual(hour_of_week(hour));
  if (when.frozen) return said;
  if (!running_) running_ = Running{hour, 0, 0, when.at, when.at};
  running_->sum += values[0];
  ++running_->samples;
  running_->last = when.at;
  return said;
}

void Usual::close() {
  const auto& done = *running_;
  if (done.last - done.first >= kLeastOfHour) {
    auto& hour = hours_.at(hour_of_week(done.hour));
    hour.means.at(hour.next) = static_cast<float>(done.sum / done.samples);
    hour.next = static_cast<std::uint8_t>((hour.next + 1U) % kWeeks);
    hour.count = std::min<std::uint8_t>(hour.count + 1U, kWeeks);
  }
  running_.reset();
}

std::optional<double> Usual::usual(std::size_t hour) const {
  std::array<float, kWeeks * kHours / kHoursOfDay> all{};
  std::size_t count = 0;
  const auto take = [&](const Hour& one) {
    for (std::size_t i = 0; i < one.count; ++i) all.at(count++) = one.means.at(i);
  };
  take(hours_.at(hour));
  if (count < kFewest) {
    count = 0;
    for (std::size_t i = hour % kHoursOfDay; i < kHours; i += kHoursOfDay) take(hours_.at(i));
  }
  if (count < kFewest) return std::nullopt;
  return median({all.data(), count});
}

// An hour that was running is not kept: it goes on in another boot.
void Usual::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  for (const auto& hour : hours_) {
    body.u8(hour.count);
    body.u8(hour.next);
    for (std::size_t i = 0; i < hour.count; ++i) body.u32(std::bit_cast<std::uint32_t>(hour.means.at(i)));
  }
  seal(out, std::move(body));
}

bool Usual::load(base::ByteReader& in) {
  Usual read;
  const bool good = unseal(in, kName, [&read](base::ByteReader& body) {
    bool fine = true;
    for (auto& hour : read.hours_) {
      hour.count = body.u8();
      hour.next = body.u8();
      if (hour.count > kWeeks || hour.next >= kWeeks) return false;
      for (std::size_t i = 0; i < hour.count; ++i) {
        hour.means.at(i) = std::bit_cast<float>(body.u32());
        fine = fine && std::isfinite(hour.means.at(i));
      }
    }
    return fine;
  });
  *this = good ? read : Usual{};
  return good;
}

static_assert(Detector<Usual>);

}  // namespace wayside::rules::detect
