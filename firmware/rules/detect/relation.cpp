#include "rules/detect/relation.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::rules::detect {
namespace {

constexpr double kLargestZ = 1000;          // keeps powers of z finite
constexpr double kDead = 1e-14;             // of the mean square: a channel with less variance has not moved
constexpr std::size_t kSettling = 20;       // replayed samples until f has forgotten where it began
constexpr double kSmallestShare = 1. / 32;  // of s2 over solutions

// The scale of a channel that has not moved: a thousandth of its value, or of one.
double still_scale(double reference) { return 1e-3 * std::max(1.0, std::abs(reference)); }

// Four sums side by side: the compiler may not reorder a single one, and the order here is the same everywhere.
template <class A, class B>
double dot(const A* a, const B* b, std::size_t n) {
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    s0 += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    s1 += static_cast<double>(a[i + 1]) * static_cast<double>(b[i + 1]);
    s2 += static_cast<double>(a[i + 2]) * static_cast<double>(b[i + 2]);
    s3 += static_cast<double>(a[i + 3]) * static_cast<double>(b[i + 3]);
  }
  for (; i < n; ++i) s0 += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return (s0 + s1) + (s2 + s3);
}

}  // namespace

Relation::Relation(std::size_t channels, const RelationSettings& settings)
    : settings_(settings), channels_(channels), regressors_(2 * channels) {
  for (auto* v : {&reference_, &current_, &smoothed_, &error_, &mean_x_, &square_x_, &center_x_, &spread_, &replayed_,
                  &replayed_smoothed_, &squares_}) {
    v->assign(channels, 0.0);
  }
  scale_x_.assign(channels, 1.0);
  for (auto* v : {&past_, &mean_r_, &center_r_, &column_, &replayed_past_}) v->assign(regressors_, 0.0);
  moments_.assign(regressors_ * (regressors_ + 1) / 2, 0.0);
  factor_.assign(moments_.size(), 0.0);
  cross_.assign(channels * regressors_, 0.0);
  weights_.assign(channels * regressors_, 0.0F);
  ring_.assign(kRing * channels, 0.0F);
}

void Relation::predict(std::span<const double> values, std::span<const double> past, std::span<double> error) {
  for (std::size_t j = 0; j < regressors_; ++j) {
    column_[j] = std::clamp((past[j] - center_r_[j]) / scale_x_[j % channels_], -kFar, kFar);
  }
  for (std::size_t i = 0; i < channels_; ++i) {
    const double predicted = dot(&weights_[i * regressors_], column_.data(), regressors_);
    error[i] = (values[i] - center_x_[i]) / scale_x_[i] - predicted;
  }
}

bool Relation::judge(std::span<const double> values, std::span<double> z) {
  if (!begun_) std::copy(values.begin(), values.end(), reference_.begin());
  begun_ = true;
  for (std::size_t i = 0; i < channels_; ++i) current_[i] = values[i] - reference_[i];
  std::fill(z.begin(), z.end(), 0.0);
  if (solved_ == 0 || fresh_ < kSettled) return false;
  predict(current_, past_, error_);
  for (std::size_t i = 0; i < channels_; ++i) {
    smoothed_[i] += settings_.smoothing * (error_[i] - smoothed_[i]);
    z[i] = std::min(kLargestZ, std::abs(smoothed_[i]) / std::sqrt(spread_[i] + kFloor * kFloor));
  }
  return true;
}

void Relation::learn() {
  float* row = &ring_[ring_at_ * channels_];
  for (std::size_t i = 0; i < channels_; ++i) row[i] = static_cast<float>(current_[i]);
  ring_at_ = (ring_at_ + 1) % kRing;
  ring_rows_ = std::min(ring_rows_ + 1, kRing);
  if (fresh_ < kSettled) return;
  learn_moments();
  ++unsolved_;
  if (unsolved_ >= settings_.solve_every || (solved_ == 0 && learned_ >= settings_.learn)) solve();
}

void Relation::learn_moments() {
  learned_ = std::min(learned_ + 1, settings_.memory);
  const double share = 1 / learned_;
  double* moment = moments_.data();
  for (std::size_t j = 0; j < regressors_; ++j) {
    mean_r_[j] += share * (past_[j] - mean_r_[j]);
    for (std::size_t l = 0; l <= j; ++l) moment[l] += share * (past_[j] * past_[l] - moment[l]);
    moment += j + 1;
  }
  for (std::size_t i = 0; i < channels_; ++i) {
    const double x = current_[i];
    mean_x_[i] += share * (x - mean_x_[i]);
    square_x_[i] += share * (x * x - square_x_[i]);
    double* cross = &cross_[i * regressors_];
    for (std::size_t j = 0; j < regressors_; ++j) cross[j] += share * (past_[j] * x - cross[j]);
  }
}

void Relation::take_past(std::span<const double> values, std::span<double> past, bool first) const {
  const double share = first ? 1 : settings_.past;
  for (std::size_t i = 0; i < channels_; ++i) {
    double& smoothed = past[channels_ + i];
    smoothed += share * (values[i] - smoothed);
    past[i] = values[i];
  }
}

void Relation::advance() {
  take_past(current_, past_, fresh_ == 0);
  fresh_ = std::min(fresh_ + 1, kSettled);
}

void Relation::gap() {
  fresh_ = 0;
  std::fill(smoothed_.begin(), smoothed_.end(), 0.0);
}

void Relation::solve() {
  standardise();
  factor();
  for (std::size_t i = 0; i < channels_; ++i) solve_channel(i);
  ++solved_;
  unsolved_ = 0;
  replay();
}

void Relation::standardise() {
  for (std::size_t i = 0; i < channels_; ++i) {
    const double variance = square_x_[i] - mean_x_[i] * mean_x_[i];
    center_x_[i] = mean_x_[i];
    scale_x_[i] = variance > kDead * square_x_[i] ? std::sqrt(variance) : still_scale(reference_[i]);
  }
  std::copy(mean_r_.begin(), mean_r_.end(), center_r_.begin());
}

// Cholesky's factor of (covariances in units of the channels' sd, plus ridge), row after row.
void Relation::factor() {
  double* row = factor_.data();
  const double* moment = moments_.data();
  for (std::size_t j = 0; j < regressors_; ++j) {
    const double* above = factor_.data();
    for (std::size_t l = 0; l <= j; ++l) {
      double value = moment[l] - mean_r_[j] * mean_r_[l];
      value = value / (scale_x_[j % channels_] * scale_x_[l % channels_]) - dot(row, above, l);
      // Never negative but by rounding, and never smaller than the ridge.
      row[l] = l == j ? std::sqrt(std::max(value, 0.0) + settings_.ridge) : value / above[l];
      above += l + 1;
    }
    moment += j + 1;
    row += j + 1;
  }
}

void Relation::solve_channel(std::size_t channel) {
  const double* cross = &cross_[channel * regressors_];
  const double* row = factor_.data();
  for (std::size_t j = 0; j < regressors_; ++j) {
    const double covariance = cross[j] - mean_r_[j] * mean_x_[channel];
    const double scaled = covariance / (scale_x_[j % channels_] * scale_x_[channel]);
    column_[j] = (scaled - dot(row, column_.data(), j)) / row[j];
    row += j + 1;
  }
  float* weights = &weights_[channel * regressors_];
  for (std::size_t j = regressors_; j-- > 0;) {
    row -= j + 1;
    column_[j] /= row[j];
    for (std::size_t l = 0; l < j; ++l) column_[l] -= row[l] * column_[j];
    weights[j] = static_cast<float>(column_[j]);
  }
}

// The spread of the smoothed errors, by the new weights, over the samples still in the ring. Where samples between two
// rows were not learned the errors of one step are too large; such steps are few.
void Relation::replay() {
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(replayed_smoothed_.begin(), replayed_smoothed_.end(), 0.0);
  std::size_t used = 0;
  for (std::size_t n = 0; n < ring_rows_; ++n) {
    const float* row = &ring_[((ring_at_ + kRing - ring_rows_ + n) % kRing) * channels_];
    std::copy(row, row + channels_, replayed_.begin());
    if (n > 0) {
      predict(replayed_, replayed_past_, error_);
      if (n > kSettling) ++used;
      for (std::size_t i = 0; i < channels_; ++i) {
        double& smoothed = replayed_smoothed_[i];
        smoothed += settings_.smoothing * (error_[i] - smoothed);
        if (n > kSettling) squares_[i] += smoothed * smoothed;
      }
    }
    take_past(replayed_, replayed_past_, n == 0);
  }
  if (used > 0) mix_spread(used);
}

void Relation::mix_spread(std::size_t used) {
  const double share = std::max(1.0 / solved_, kSmallestShare);
  for (std::size_t i = 0; i < channels_; ++i) {
    spread_[i] += share * (squares_[i] / static_cast<double>(used) - spread_[i]);
  }
}

Relation::Channel Relation::channel(std::size_t i) const {
  return {.mean = reference_[i] + center_x_[i],
          .sd = scale_x_[i],
          .past_mean = reference_[i] + center_r_[channels_ + i],
          .spread = spread_[i]};
}

void Relation::restore(std::span<const Channel> channels, std::span<const float> weights) {
  std::copy(weights.begin(), weights.end(), weights_.begin());
  for (std::size_t i = 0; i < channels_; ++i) {
    const Channel& channel = channels[i];
    reference_[i] = channel.mean;
    scale_x_[i] = channel.sd;
    spread_[i] = channel.spread;
    square_x_[i] = channel.sd * channel.sd;
    mean_r_[channels_ + i] = center_r_[channels_ + i] = channel.past_mean - channel.mean;
  }
  double* moment = moments_.data();
  for (std::size_t j = 0; j < regressors_; ++j) {
    for (std::size_t l = 0; l <= j; ++l) moment[l] = mean_r_[j] * mean_r_[l];
    moment[j] += scale_x_[j % channels_] * scale_x_[j % channels_];
    moment += j + 1;
  }
  for (std::size_t i = 0; i < channels_; ++i) {
    for (std::size_t j = 0; j < regressors_; ++j) {
      const std::size_t at = i * regressors_ + j;
      cross_[at] = static_cast<double>(weights_[at]) * scale_x_[i] * scale_x_[j % channels_];
    }
  }
  learned_ = kKept;
  solved_ = 1;
  begun_ = true;
}

std::size_t Relation::bytes() const {
  std::size_t numbers = 0;
  for (const auto* v : {&reference_,         &current_, &past_,    &smoothed_, &error_,         &mean_x_,
                        &square_x_,          &mean_r_,  &moments_, &cross_,    &center_x_,      &scale_x_,
                        &center_r_,          &spread_,  &factor_,  &column_,   &replayed_past_, &replayed_,
                        &replayed_smoothed_, &squares_}) {
    numbers += v->capacity();
  }
  return sizeof(*this) + numbers * sizeof(double) + (weights_.capacity() + ring_.capacity()) * sizeof(float);
}

}  // namespace wayside::rules::detect
