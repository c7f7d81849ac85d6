#include "rules/detect/robust_z.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "robust_z 1";
constexpr double kMad = 0.6745;   // of a normal distribution's sigma
constexpr double kMean = 1.2533;  // sigma of a normal distribution over its mean absolute deviation

}  // namespace

RobustZ::RobustZ(const RobustZSettings& settings) : settings_(settings) {
  recent_.reserve(settings.window);
  sorted_.reserve(settings.window);
}

double RobustZ::median() const {
  const std::size_t n = sorted_.size();
  return n % 2 == 1 ? sorted_[n / 2] : sorted_[n / 2 - 1] + (sorted_[n / 2] - sorted_[n / 2 - 1]) / 2;
}

// The deviations grow from the median outwards, on both sides: the two ascending halves are merged up to the middle.
double RobustZ::median_deviation() const {
  const double middle = median();
  const std::size_t n = sorted_.size();
  std::size_t above = n / 2;
  std::size_t below = above;  // one behind the next of the lower half
  double before = 0;
  double last = 0;
  for (std::size_t taken = 0; taken <= n / 2; ++taken) {
    before = last;
    const bool lower = below > 0 && (above == n || middle - sorted_[below - 1] <= sorted_[above] - middle);
    last = lower ? middle - sorted_[--below] : sorted_[above++] - middle;
  }
  return n % 2 == 1 ? last : before + (last - before) / 2;
}

double RobustZ::mean_deviation() const {
  const double middle = median();
  double sum = 0;
  for (const double value : sorted_) sum += std::abs(value - middle) / static_cast<double>(sorted_.size());
  return sum;
}

std::optional<double> RobustZ::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  std::optional<double> score;
  if (sorted_.size() >= settings_.learn && !sorted_.empty()) {
    const double mad = median_deviation();
    score = in_sigmas(values[0] - median(), mad > 0 ? mad / kMad : kMean * mean_deviation());
  }
  if (!when.frozen) learn(values[0]);
  return score;
}

void RobustZ::learn(double value) {
  if (recent_.size() < settings_.window) {
    recent_.push_back(value);
  } else {
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), recent_[at_]));
    recent_[at_] = value;
    at_ = (at_ + 1) % settings_.window;
  }
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
}

void RobustZ::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  body.u32(settings_.window);
  body.u32(settings_.learn);
  body.u32(static_cast<std::uint32_t>(recent_.size()));
  for (std::size_t i = 0; i < recent_.size(); ++i) body.f64(recent_[(at_ + i) % recent_.size()]);
  seal(out, std::move(body));
}

bool RobustZ::load(base::ByteReader& in) {
  *this = RobustZ(settings_);
  const bool good = unseal(in, kName, [this](base::ByteReader& body) {
    if (body.u32() != settings_.window || body.u32() != settings_.learn) return false;
    const std::uint32_t count = body.u32();
    if (count > settings_.window) return false;
    for (std::uint32_t i = 0; i < count && body.ok(); ++i) {
      const double value = body.f64();
      if (!std::isfinite(value)) return false;
      learn(value);
    }
    return true;
  });
  if (!good) *this = RobustZ(settings_);
  return good;
}

std::size_t RobustZ::bytes() const {
  return sizeof(*this) + (recent_.capacity() + sorted_.capacity()) * sizeof(double);
}

static_assert(Detector<RobustZ>);

}  // namespace wayside::rules::detect
