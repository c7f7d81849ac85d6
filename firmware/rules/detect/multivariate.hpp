// The multivariate detector: several points that belong together, the sensors of a pump rig or all channels of a water
// network, judged as one. A sample is unusual when two witnesses agree: some channel has left its level
// (channel_levels.hpp), and the channels no longer follow from each other and from their past (relation.hpp).
// docs/detectors/multivariate.md has formula, sources, the reason of every number, and measured quality.
//
//   s = min(max z of the levels, 0.6 * (mean z^4 of the relation)^(1/4)), at most 4
//   v = s when s > v, else v + 0.15 (s - v)         an alarm does not flicker while an anomaly moves about
//   score = v / 4                                   0..1: usual up to 0.25, unusual from 0.3, clearly so from 0.5
//
// It does not learn while v > 1.5, as long as that is not for `patience` samples on end: what is an anomaly stays one,
// and what stays for good becomes the new normal. Satisfies Detector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/detect/channel_levels.hpp"
#include "rules/detect/detector.hpp"
#include "rules/detect/relation.hpp"

namespace wayside::rules::detect {

struct MultivariateSettings {
  std::size_t channels = 1;       // 1 to Multivariate::kMostChannels
  std::uint32_t learn = 400;      // samples before the first score; long enough to hold every normal state
  std::uint32_t patience = 2000;  // samples an anomaly may last before it is learned
};

class Multivariate {
 public:
  static constexpr std::size_t kMostChannels = 45;  // more would not fit into the 8 KiB of save()

  // Requires: settings within their ranges.
  explicit Multivariate(const MultivariateSettings& settings);

  // None while learning, and when `values` are not as many as channels or not all finite.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

 private:
  void notice_gap(base::BootTime at);
  [[nodiscard]] double judge(std::span<const double> values);
  [[nodiscard]] bool must_not_learn(const Instant& when);
  void write(base::ByteWriter& out) const;
  [[nodiscard]] bool take(base::ByteReader& in);

  MultivariateSettings settings_;
  ChannelLevels levels_;
  Relation relation_;
  std::vector<double> values_, level_z_, relation_z_;
  std::uint64_t samples_ = 0;
  double held_ = 0;           // v
  std::uint32_t frozen_ = 0;  // samples on end
  std::optional<base::BootTime> last_;
  double interval_ = 0;  // seconds, typical
};

}  // namespace wayside::rules::detect
