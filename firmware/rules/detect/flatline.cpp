#include "rules/detect/flatline.hpp"

#include <algorithm>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "flatline 1";

}  // namespace

std::optional<double> Flatline::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  if (equal_ == 0 || values[0] != value_) {
    value_ = values[0];
    since_ = when.at;
    equal_ = 0;
  }
  if (equal_ < settings_.samples) ++equal_;
  using Seconds = std::chrono::duration<double>;
  const double share = Seconds(when.at - since_) / Seconds(settings_.after);
  // Too few samples show no more than their share of what is needed.
  const double shown = static_cast<double>(equal_ - 1) / std::max(1.0, static_cast<double>(settings_.samples) - 1);
  return std::clamp(std::min(share, shown), 0.0, 1.0);
}

// Since when it has been flat is boot time: nothing outlives a restart.
void Flatline::save(base::ByteWriter& out) const { seal(out, body_of(kName)); }

bool Flatline::load(base::ByteReader& in) {
  *this = Flatline(settings_);
  return unseal(in, kName, [](base::ByteReader&) { return true; });
}

static_assert(Detector<Flatline>);

}  // namespace wayside::rules::detect
