// How the channels of one device hang together: every channel predicted from all of them one sample ago and from their
// smoothed past (a vector autoregression with ridge), and how far the smoothed error of the prediction lies from the
// errors of the samples it learned from. Sources: VAR, Luetkepohl, New Introduction to Multiple Time Series Analysis
// (2005), ch. 3; ridge, Hoerl & Kennard, Technometrics 12 (1970); EWMA of residuals, Lucas & Saccucci, Technometrics
// 32 (1990). Pure; memory fixed when made; nothing is taken from the heap later.
//
//   r(t) = [x(t-1), p(t-1)],  p <- p + past (x - p)
//   e(t) = (x(t) - mean) / sd - W (r(t) - mean) / sd        W: ridge regression in these units
//   f <- f + smoothing (e - f),  z = |f| / sqrt(s2 + floor^2)
//
// The moments of r and x are averages over the last `memory` learned samples, kept in full; W is solved from them now
// and then, and s2 is then the mean square of f over the last samples learned, replayed from a ring with the new W.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wayside::rules::detect {

struct RelationSettings {
  double smoothing = 0.3;           // of the errors: three samples, so that onsets are judged early
  double past = 0.1;                // of p: ten samples
  double ridge = 0.002;             // on the diagonal of the correlations; 0.001 to 0.005 judge the same
  double memory = 10'000;           // samples in the moments
  std::uint32_t learn = 400;        // samples before the first solution
  std::uint32_t solve_every = 400;  // learned samples between solutions: one costs as much as some hundred samples
};

class Relation {
 public:
  Relation(std::size_t channels, const RelationSettings& settings);

  // z of every channel, into `z`; false (and zeros) while nothing is solved or the past is too short.
  bool judge(std::span<const double> values, std::span<double> z);
  // Learns the sample just judged.
  void learn();
  // After every judge(), and after learn() if it is called: the sample becomes the past of the next one.
  void advance();
  // Samples are missing: the past begins anew.
  void gap();

  [[nodiscard]] std::size_t bytes() const;

  // What is kept over a restart. The moments are not, they are large: restore() puts moments in their place of which
  // the weights are the solution, as if some hundred samples of unrelated regressors had been seen.
  struct Channel {
    double mean = 0;
    double sd = 1;
    double past_mean = 0;
    double spread = 0;  // s2
  };
  [[nodiscard]] bool solved() const { return solved_ > 0; }
  [[nodiscard]] Channel channel(std::size_t i) const;
  [[nodiscard]] std::span<const float> weights(std::size_t i) const {
    return {&weights_[i * regressors_], regressors_};
  }
  void restore(std::span<const Channel> channels, std::span<const float> weights);

 private:
  static constexpr std::size_t kRing = 320;   // samples replayed: nearly all between two solutions
  static constexpr double kFloor = 0.01;      // of a channel's sd: smaller errors are rounding
  static constexpr double kFar = 12;          // sd: beyond it a regressor would carry its fault to all other channels
  static constexpr std::size_t kSettled = 5;  // samples after a gap until the past means something
  static constexpr double kKept = 400;        // samples that restored weights stand for

  void learn_moments();
  void solve();
  void standardise();
  void factor();
  void solve_channel(std::size_t channel);
  void replay();
  void mix_spread(std::size_t used);
  // The errors of `values`, in sd of their channels, given the regressors `past`.
  void predict(std::span<const double> values, std::span<const double> past, std::span<double> error);
  void take_past(std::span<const double> values, std::span<double> past, bool first) const;

  RelationSettings settings_;
  std::size_t channels_;
  std::size_t regressors_;      // two for every channel
  double learned_ = 0;          // samples in the moments
  std::uint32_t unsolved_ = 0;  // learned since the last solution
  std::uint32_t solved_ = 0;
  bool begun_ = false;
  std::size_t fresh_ = 0;  // samples since the beginning or a gap, up to kSettled
  std::size_t ring_at_ = 0;
  std::size_t ring_rows_ = 0;
  std::vector<double> reference_;  // the first sample: moments are taken about it, against cancellation
  std::vector<double> current_, past_, smoothed_, error_;
  std::vector<double> mean_x_, square_x_, mean_r_;
  std::vector<double> moments_;  // of r: lower triangle, row after row
  std::vector<double> cross_;    // of x with r: a row for every channel
  std::vector<double> center_x_, scale_x_, center_r_, spread_;
  std::vector<double> factor_;  // lower triangle, as moments_
  std::vector<double> column_, replayed_past_, replayed_, replayed_smoothed_, squares_;
  std::vector<float> weights_, ring_;
};

}  // namespace wayside::rules::detect
