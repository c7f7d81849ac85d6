#include "rules/detect/cusum.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "cusum 1";

}  // namespace

Cusum::Cusum(const CusumSettings& settings) : settings_(settings) {
  if (settings.given) mean_ = settings.given->mean;
}

double Cusum::sigma() const {
  return settings_.given ? settings_.given->sigma : std::sqrt(squares_ / std::max(1.0, samples_ - 1.0));
}

// Welford's recurrence, Technometrics 4 (1962).
void Cusum::learn(double value) {
  ++samples_;
  const double before = value - mean_;
  mean_ += before / samples_;
  squares_ += before * (value - mean_);
}

std::optional<double> Cusum::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  if (!settings_.given && samples_ < settings_.learn) {
    if (!when.frozen) learn(values[0]);
    return std::nullopt;
  }
  const double deviation = std::copysign(in_sigmas(values[0] - mean_, sigma()), values[0] - mean_);
  const double most = 2 * settings_.h;
  const double up = std::clamp(up_ + deviation - settings_.k, 0.0, most);
  const double down = std::clamp(down_ - deviation - settings_.k, 0.0, most);
  up_ = up;
  down_ = down;
  return std::max(up_, down_);
}

void Cusum::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  body.f64(settings_.k);
  body.f64(settings_.h);
  body.u32(settings_.given ? 0 : settings_.learn);
  body.u32(samples_);
  for (const double number : {mean_, squares_, up_, down_}) body.f64(number);
  seal(out, std::move(body));
}

bool Cusum::load(base::ByteReader& in) {
  Cusum read(settings_);
  const bool good = unseal(in, kName, [&read](base::ByteReader& body) {
    const CusumSettings& mine = read.settings_;
    if (body.f64() != mine.k || body.f64() != mine.h || body.u32() != (mine.given ? 0 : mine.learn)) return false;
    read.samples_ = body.u32();
    double mean = 0;
    for (double* number : {&mean, &read.squares_, &read.up_, &read.down_}) *number = body.f64();
    if (mine.given && mean != mine.given->mean) return false;
    read.mean_ = mean;
    return read.samples_ <= mine.learn && std::isfinite(mean) && std::isfinite(read.squares_) && read.squares_ >= 0 &&
           read.up_ >= 0 && read.down_ >= 0 && read.up_ <= 2 * mine.h && read.down_ <= 2 * mine.h;
  });
  *this = good ? read : Cusum(settings_);
  return good;
}

static_assert(Detector<Cusum>);

}  // namespace wayside::rules::detect
