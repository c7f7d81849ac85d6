// How rare a residual of this size is, learned from the largest ones seen: an extreme-value tail that assumes no
// distribution of the rest. Plain value, 160 bytes; home: its detector.
//
// Above the k-th largest residual u of the last n (n <= kMemory) a tail falls like a power or faster (Hill 1975), so
// ln(r/u) is taken as exponential with an unknown mean. With a gamma prior of kPriorCount records of mean kPriorMean,
// and the records' own S = sum ln(r_j/u), the predictive probability is P(R >= r) = k/n (1 + ln(r/u) / (S + S0))^-(k +
// k0): few records give a heavy tail, so that a young detector is not sure of anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace wayside::rules::detect::likelihood {

class ExtremeTail {
 public:
  // -log10 P(R >= residual); 0 for what is ordinary (not above u) and until kWarmUp residuals are known.
  [[nodiscard]] double surprise(double residual) const;
  void learn(double residual);  // residual >= 0, finite

  [[nodiscard]] bool empty() const { return seen_ == 0; }
  [[nodiscard]] bool ready() const { return seen_ > kWarmUp; }
  void save(base::ByteWriter& out) const;
  [[nodiscard]] bool load(base::ByteReader& in);

  static constexpr std::size_t kRecords = 30;     // k at most: enough for a stable mean, few enough to be the tail
  static constexpr double kTailShare = 0.04;      // k is this share of a short history
  static constexpr std::uint32_t kMemory = 5000;  // samples; a record fades by half in 1.4 times as many
  static constexpr std::uint32_t kWarmUp = 60;
  static constexpr double kPriorCount = 4.0;
  static constexpr double kPriorMean = 0.5;  // of ln(r/u): a residual is 65 % above the threshold on average
  static constexpr double kLeastMean = 0.1;  // a bounded residual's tail looks infinitely steep; 10 % more is no event

 private:
  [[nodiscard]] std::size_t tail_size() const;
  void refresh();

  std::array<float, kRecords + 1> largest_{};  // descending, to be multiplied by fade_
  float fade_ = 1.0F;
  std::uint32_t held_ = 0;  // entries of largest_
  std::uint32_t seen_ = 0;  // residuals learned, up to kMemory
  std::uint32_t tail_ = 0;  // k; 0: not enough known
  double log_sum_ = 0.0;    // S
};

}  // namespace wayside::rules::detect::likelihood
