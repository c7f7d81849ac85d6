#include "rules/detect/zero_count.hpp"

#include <algorithm>
#include <numbers>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "zero_count 1";
constexpr double kMostExpected = 1e6;  // no more unlikely than that

bool is_count(double value) { return value >= 0 && value <= kLargestValue; }

}  // namespace

std::optional<double> ZeroCount::step(const Instant& when, std::span<const double> values) {
  if (values.size() != 2 || !is_count(values[0]) || !is_count(values[1])) return std::nullopt;
  const std::optional<base::BootTime> before = last_;
  last_ = when.at;
  if (!before) return std::nullopt;
  const std::chrono::duration<double> passed = when.at - *before;
  const bool missing = passed > settings_.longest;
  if (values[0] > 0 || missing) {
    expected_ = 0;
  } else {
    expected_ = std::min(kMostExpected, expected_ + values[1] * std::max(0.0, passed.count()));
  }
  return expected_ * std::numbers::log10e;
}

// A run of zeros is measured in boot time, and nobody counted while the gateway was off: nothing outlives a restart.
void ZeroCount::save(base::ByteWriter& out) const { seal(out, body_of(kName)); }

bool ZeroCount::load(base::ByteReader& in) {
  *this = ZeroCount(settings_);
  return unseal(in, kName, [](base::ByteReader&) { return true; });
}

static_assert(Detector<ZeroCount>);

}  // namespace wayside::rules::detect
