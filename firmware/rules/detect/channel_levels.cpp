#include "rules/detect/channel_levels.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::rules::detect {
namespace {

constexpr double kLargestZ = 1000;  // keeps powers of z finite

}  // namespace

ChannelLevels::ChannelLevels(std::size_t channels, const ChannelLevelsSettings& settings)
    : settings_(settings), channels_(channels), marks_(channels * kMarks) {}

double ChannelLevels::variance(const ChannelLevel& channel) const {
  const double resolution = kResolution * channel.baseline;
  return channel.spread + settings_.share * channel.wander * channel.still + resolution * resolution + 1e-12;
}

void ChannelLevels::judge(std::span<const double> values, std::span<double> z) {
  ++samples_;
  const double smoothing = std::max(settings_.smoothing, 1 / static_cast<double>(samples_));
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    ChannelLevel& channel = channels_[i];
    if (samples_ == 1 && channel.learned == 0) channel.now = channel.baseline = values[i];
    channel.now += smoothing * (values[i] - channel.now);
    z[i] = std::min(kLargestZ, std::abs(channel.now - channel.baseline) / std::sqrt(variance(channel)));
  }
}

void ChannelLevels::learn_one(ChannelLevel& channel) {
  const double deviation = channel.now - channel.baseline;
  double square = deviation * deviation;
  if (channel.learned >= settings_.learn) square = std::min(square, kClip * variance(channel));
  channel.learned = std::min(channel.learned + 1, settings_.memory);
  channel.spread += (square - channel.spread) / channel.learned;
  channel.baseline += std::max(settings_.gain, 1 / channel.learned) * deviation;
}

void ChannelLevels::learn(std::span<const double> z, bool frozen) {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    ChannelLevel& channel = channels_[i];
    const bool unusual = channel.learned >= settings_.learn && z[i] > settings_.freeze;
    if (frozen || unusual) {
      channel.still += 1;
      channel.frozen = unusual ? channel.frozen + 1 : 0;
      if (frozen || channel.frozen <= settings_.patience) continue;
      channel.baseline = channel.now;
      channel.still = 0;
    }
    channel.frozen = 0;
    channel.still = channel.still <= 1 ? 0 : channel.still * kForgive;
    learn_one(channel);
  }
  if (samples_ % kStride == 0) mark_baselines(!frozen);
}

void ChannelLevels::mark_baselines(bool learn) {
  double* old = &marks_[static_cast<std::size_t>(marked_ % kMarks) * channels_.size()];
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    ChannelLevel& channel = channels_[i];
    if (learn && marked_ >= kMarks && channel.frozen == 0) {
      const double moved = channel.baseline - old[i];
      double wander = moved * moved / kLag;
      if (channel.learned >= settings_.learn) {
        wander = std::min(wander, kClip * std::max(channel.wander, channel.spread / kLag));
      }
      channel.walked = std::min(channel.walked + 1, settings_.memory / kStride);
      channel.wander += (wander - channel.wander) / channel.walked;
    }
    old[i] = channel.baseline;
  }
  ++marked_;
}

void ChannelLevels::gap(double missed) {
  for (ChannelLevel& channel : channels_) channel.still += missed;
}

void ChannelLevels::restore(std::span<const ChannelLevel> channels) {
  samples_ = static_cast<std::uint64_t>(1 / settings_.smoothing) + 1;  // `now` starts at the baseline, at its own pace
  marked_ = 0;
  std::copy(channels.begin(), channels.end(), channels_.begin());
  for (ChannelLevel& channel : channels_) channel.now = channel.baseline;
}

std::size_t ChannelLevels::bytes() const {
  return sizeof(*this) + channels_.capacity() * sizeof(ChannelLevel) + marks_.capacity() * sizeof(double);
}

}  // namespace wayside::rules::detect
