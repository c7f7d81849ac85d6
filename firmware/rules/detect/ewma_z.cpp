#include "rules/detect/ewma_z.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "ewma_z 1";

}  // namespace

std::optional<double> EwmaZ::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  const double deviation = values[0] - mean_;
  std::optional<double> score;
  if (samples_ >= settings_.learn && samples_ > 0) score = in_sigmas(deviation, std::sqrt(variance_));
  if (when.frozen) return score;
  if (samples_ < UINT32_MAX) ++samples_;
  const double share = std::max(1.0 / samples_, settings_.alpha);
  mean_ += share * deviation;
  variance_ = (1 - share) * (variance_ + share * deviation * deviation);
  return score;
}

void EwmaZ::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  body.f64(settings_.alpha);
  body.u32(settings_.learn);
  body.u32(samples_);
  body.f64(mean_);
  body.f64(variance_);
  seal(out, std::move(body));
}

bool EwmaZ::load(base::ByteReader& in) {
  EwmaZ read(settings_);
  const bool good = unseal(in, kName, [&read](base::ByteReader& body) {
    if (body.f64() != read.settings_.alpha || body.u32() != read.settings_.learn) return false;
    read.samples_ = body.u32();
    read.mean_ = body.f64();
    read.variance_ = body.f64();
    return std::isfinite(read.mean_) && std::isfinite(read.variance_) && read.variance_ >= 0;
  });
  *this = good ? read : EwmaZ(settings_);
  return good;
}

static_assert(Detector<EwmaZ>);

}  // namespace wayside::rules::detect
