// The level of each channel against its own recent past: a local level model (a level that wanders as a random walk,
// seen through noise) whose uncertainty grows while it must not learn. A channel that wanders by nature, a bearing's
// temperature, is forgiven the more the longer its baseline had to stand still; one that never does, a flow, is not.
// Source: local level model, Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), ch. 2,
// with fixed gains; freezing and the growth of the variance as in its prediction step. Pure; memory fixed when made.
//
//   f <- f + smoothing (x - f)              what the channel does now
//   V =  s2 + share q h                     how far f may lie from the baseline b after h samples without learning
//   z =  |f - b| / sqrt(V)
//   b <- b + gain (f - b)                   s2: mean of (f - b)^2; q: mean of (b(t) - b(t - lag))^2 / lag
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wayside::rules::detect {

struct ChannelLevelsSettings {
  double smoothing = 0.07;    // of f, per sample: a memory of 14 samples, so that noise and quantisation average out
  double gain = 0.01;         // of the baseline: 100 samples, slower than an onset, faster than weather
  double share = 0.5;         // of the wander that counts: the walk is measured on days that also hold its trends
  double freeze = 4;          // a channel with a larger z does not learn
  double memory = 10'000;     // samples: how long s2 and q remember
  std::uint32_t learn = 400;  // samples before z is believed; s2 is not clipped until then
  std::uint32_t patience = 2000;  // samples a channel may stay frozen; then its new level is the baseline
};

// What one channel has learned; the form in which it is saved.
struct ChannelLevel {
  double now = 0;            // f
  double baseline = 0;       // b
  double spread = 0;         // s2
  double wander = 0;         // q, per sample
  double still = 0;          // h, samples
  double learned = 0;        // samples in s2
  double walked = 0;         // samples in q
  std::uint32_t frozen = 0;  // samples on end
};

class ChannelLevels {
 public:
  ChannelLevels(std::size_t channels, const ChannelLevelsSettings& settings);

  // z of every channel, into `z`; the first sample ever is the baseline.
  void judge(std::span<const double> values, std::span<double> z);
  // Learns the sample just judged, channel by channel where it is not frozen. `frozen`: none of them may.
  void learn(std::span<const double> z, bool frozen);
  // `missed` samples did not come: the baseline is older by them.
  void gap(double missed);

  [[nodiscard]] std::span<const ChannelLevel> channels() const { return channels_; }
  void restore(std::span<const ChannelLevel> channels);  // `now` begins at the baseline
  [[nodiscard]] std::size_t bytes() const;

 private:
  static constexpr std::size_t kStride = 10;  // samples between two marks of the baseline
  static constexpr std::size_t kMarks = 7;
  static constexpr double kLag = static_cast<double>(kStride * kMarks);  // of q: near the baseline's memory
  static constexpr double kClip = 9;           // (3 sigma)^2: no single sample moves a variance further
  static constexpr double kForgive = 0.9;      // per sample: h falls once the channel learns again
  static constexpr double kResolution = 1e-4;  // of the level: finer differences are the instrument's

  [[nodiscard]] double variance(const ChannelLevel& channel) const;
  void learn_one(ChannelLevel& channel);
  void mark_baselines(bool learn);

  ChannelLevelsSettings settings_;
  std::vector<ChannelLevel> channels_;
  std::vector<double> marks_;  // kMarks baselines of every channel, a ring
  std::uint64_t samples_ = 0;
  std::uint64_t marked_ = 0;
};

}  // namespace wayside::rules::detect
