// Counts over the last N blocks of time and the open one: one addition a sample, a fixed size, integers only.
// A block is a span of boot time, counted from the start of the ring; blocks without samples cost nothing.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "model/data_quality.hpp"

namespace wayside::pipeline {

// What one reading, or the readings of one block, add.
struct QualityCounts {
  std::uint32_t received = 0;
  std::uint32_t judged = 0;
  std::uint32_t inaccurate = 0;
  std::uint32_t inconsistent = 0;
  std::uint32_t late = 0;
  std::uint32_t suppressed = 0;

  QualityCounts& operator+=(const QualityCounts& other) {
    received += other.received;
    judged += other.judged;
    inaccurate += other.inaccurate;
    inconsistent += other.inconsistent;
    late += other.late;
    suppressed += other.suppressed;
    return *this;
  }
};

template <std::size_t N>
class QualityRing {
 public:
  // `age`: since the start of the ring. One older than the open block is counted in the open block.
  void add(const QualityCounts& counts, std::chrono::microseconds age, std::chrono::microseconds block) {
    advance(age / block);
    blocks_[static_cast<std::size_t>(open_) % blocks_.size()] += counts;
  }

  // The last N closed blocks and the open one, or as many as there were; `expected` is left to the caller.
  [[nodiscard]] model::Measures sum(std::chrono::microseconds age, std::chrono::microseconds block) const {
    const std::int64_t now = std::max<std::int64_t>(age / block, open_);
    const std::int64_t oldest = std::max<std::int64_t>(0, now - static_cast<std::int64_t>(N));
    model::Measures out;
    out.covered = std::max(std::chrono::microseconds{}, age - block * oldest);
    for (std::int64_t i = std::max(oldest, open_ - static_cast<std::int64_t>(N)); i <= open_; ++i) {
      const auto& one = blocks_[static_cast<std::size_t>(i) % blocks_.size()];
      out.received += one.received;
      out.judged += one.judged;
      out.inaccurate += one.inaccurate;
      out.inconsistent += one.inconsistent;
      out.late += one.late;
      out.suppressed += one.suppressed;
    }
    return out;
  }

 private:
  void advance(std::int64_t block) {
    if (block <= open_) return;
    const auto steps = std::min<std::int64_t>(block - open_, static_cast<std::int64_t>(blocks_.size()));
    for (std::int64_t i = 0; i < steps; ++i) blocks_[static_cast<std::size_t>(block - i) % blocks_.size()] = {};
    open_ = block;
  }

  std::array<QualityCounts, N + 1> blocks_{};
  std::int64_t open_ = 0;
};

}  // namespace wayside::pipeline
