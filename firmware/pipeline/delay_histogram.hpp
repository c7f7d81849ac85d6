// How long things took to begin: counts in buckets of a fixed ratio (four to an octave, so a quantile is right to a
// fifth), from a microsecond to an hour. Bounded; pure. Home: its owner's.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace wayside::pipeline {

class DelayHistogram {
 public:
  void add(std::chrono::microseconds delay) {
    const auto us = std::max<std::int64_t>(delay.count(), 0);
    ++counts_[bucket(static_cast<std::uint64_t>(us))];
    ++total_;
    sum_ += std::chrono::microseconds{us};
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::chrono::microseconds sum() const { return sum_; }

  // For those who draw histograms: how many took no longer than each of these, exactly. 1.023 ms to 4.2 s, an octave
  // each.
  static constexpr std::size_t kBounds = 13;
  using Within = std::array<std::uint64_t, kBounds>;
  [[nodiscard]] static constexpr std::chrono::microseconds bound(std::size_t i) {
    return std::chrono::microseconds{(std::int64_t{1024} << i) - 1};
  }
  [[nodiscard]] Within within() const {
    Within out{};
    std::uint64_t seen = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < counts_.size() && next < out.size(); ++i) {
      seen += counts_[i];
      if (upper(i) == static_cast<std::uint64_t>(bound(next).count())) out[next++] = seen;
    }
    return out;
  }
  // The upper bound of the bucket that holds the quantile; 0 without any. Requires: 0 < per_mille <= 1000.
  [[nodiscard]] std::chrono::microseconds quantile(std::uint64_t per_mille) const {
    const std::uint64_t rank = (total_ * per_mille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= rank && seen > 0) return std::chrono::microseconds{static_cast<std::int64_t>(upper(i))};
    }
    return {};
  }

 private:
  // 0..3 each have their own; then four to an octave.
  static std::size_t bucket(std::uint64_t us) {
    if (us < 4) return static_cast<std::size_t>(us);
    const auto octave = static_cast<unsigned>(std::bit_width(us)) - 3;  // us >> octave is 4..7
    return std::min<std::size_t>(4 + octave * 4 + (static_cast<std::size_t>(us >> octave) - 4), kBuckets - 1);
  }
  static std::uint64_t upper(std::size_t bucket) {
    if (bucket < 4) return bucket;
    const auto octave = (bucket - 4) / 4;
    return (std::uint64_t{4 + (bucket - 4) % 4 + 1} << octave) - 1;
  }

  static constexpr std::size_t kBuckets = 128;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::chrono::microseconds sum_{};
};

}  // namespace wayside::pipeline
