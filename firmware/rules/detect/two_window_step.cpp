#include "rules/detect/two_window_step.hpp"

#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "two_window_step 1";

}  // namespace

TwoWindowStep::TwoWindowStep(const TwoWindowStepSettings& settings) : settings_(settings) {
  last_.values.reserve(settings.window);
  before_.values.reserve(settings.window);
}

std::optional<double> TwoWindowStep::put(Ring& ring, double value) const {
  if (ring.values.size() < settings_.window) {
    ring.values.push_back(value);
    return std::nullopt;
  }
  const double out = ring.values[ring.at];
  ring.values[ring.at] = value;
  ring.at = (ring.at + 1) % settings_.window;
  return out;
}

// Two passes: no cancellation, and no drift of running sums over years. By age, so that a restart changes no digit.
TwoWindowStep::Moments TwoWindowStep::moments(const Ring& ring) {
  const std::size_t count = ring.values.size();
  const double n = static_cast<double>(count);
  Moments out;
  for (std::size_t i = 0; i < count; ++i) out.mean += ring.values[(ring.at + i) % count] / n;
  for (std::size_t i = 0; i < count; ++i) {
    const double off = ring.values[(ring.at + i) % count] - out.mean;
    out.variance += off * off / (n - 1);
  }
  return out;
}

std::optional<double> TwoWindowStep::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  const std::optional<double> aged = put(last_, values[0]);
  if (aged && !when.frozen) (void)put(before_, *aged);
  if (before_.values.size() < settings_.window) return std::nullopt;
  const Moments now = moments(last_);
  const Moments then = moments(before_);
  return in_sigmas(now.mean - then.mean, std::sqrt((now.variance + then.variance) / settings_.window));
}

void TwoWindowStep::write(base::ByteWriter& body, const Ring& ring) {
  const std::size_t count = ring.values.size();
  body.u32(static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) body.f64(ring.values[(ring.at + i) % count]);
}

bool TwoWindowStep::read(base::ByteReader& body, Ring& ring) const {
  const std::uint32_t count = body.u32();
  if (count > settings_.window) return false;
  for (std::uint32_t i = 0; i < count && body.ok(); ++i) {
    const double value = body.f64();
    if (!std::isfinite(value)) return false;
    (void)put(ring, value);
  }
  return true;
}

void TwoWindowStep::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  body.u32(settings_.window);
  write(body, last_);
  write(body, before_);
  seal(out, std::move(body));
}

bool TwoWindowStep::load(base::ByteReader& in) {
  *this = TwoWindowStep(settings_);
  const bool good = unseal(in, kName, [this](base::ByteReader& body) {
    return body.u32() == settings_.window && read(body, last_) && read(body, before_);
  });
  if (!good) *this = TwoWindowStep(settings_);
  return good;
}

std::size_t TwoWindowStep::bytes() const {
  return sizeof(*this) + (last_.values.capacity() + before_.values.capacity()) * sizeof(double);
}

static_assert(Detector<TwoWindowStep>);

}  // namespace wayside::rules::detect
