#include "rules/features/windows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.hpp"
#include "rules/features/sample_ring.hpp"

namespace wayside::rules {
namespace {

constexpr double kMicroseconds = 1e6;

std::int64_t to_us(double seconds) { return static_cast<std::int64_t>(std::llround(seconds * kMicroseconds)); }

// What all have in common: samples come in, samples leave, and in between something is told.
class Window : public Feature {
 public:
  Window(double seconds, std::size_t capacity) : span_(to_us(seconds)), ring_(capacity) {}

  FeatureOutput run(const FeatureInput& in) final {
    while (!ring_.empty() && ring_.front().at <= in.now - span_) leave();
    const Result& x = in.arguments[0];
    if (in.fresh && x.known && in.stamp > in.now - span_) enter({in.stamp, x.value});
    FeatureOutput out = tell();
    out.known = out.known && x.known;
    if (!ring_.empty()) out.next = ring_.front().at + span_;
    return out;
  }
  std::size_t bytes() const override { return sizeof(*this) + ring_.bytes(); }

 protected:
  [[nodiscard]] const SampleRing& samples() const { return ring_; }
  // Called with the sample in the ring (added), and still in it (removed).
  virtual void added(const WindowSample& sample) = 0;
  virtual void removed(const WindowSample& oldest) = 0;
  [[nodiscard]] virtual FeatureOutput tell() const = 0;
  // Sums of fractions drift; begun again from time to time, they do not drift far.
  virtual void begin_again() {}

 private:
  void enter(WindowSample sample) {
    if (ring_.full()) leave();
    ring_.push(sample);
    added(sample);
    if (++entered_ < ring_.capacity()) return;
    entered_ = 0;
    begin_again();
  }
  void leave() {
    removed(ring_.front());
    ring_.pop_front();
  }

  std::int64_t span_;
  SampleRing ring_;
  std::size_t entered_ = 0;
};

// First and last: rate, delta.
class Ends final : public Window {
 public:
  Ends(double seconds, std::size_t capacity, bool per_second) : Window(seconds, capacity), per_second_(per_second) {}

 private:
  void added(const WindowSample&) override {}
  void removed(const WindowSample&) override {}
  FeatureOutput tell() const override {
    if (samples().size() < 2) return {};
    const auto& first = samples().front();
    const auto& last = samples().back();
    const double change = last.value - first.value;
    if (!per_second_) return {change, true};
    const auto elapsed = static_cast<double>(last.at - first.at) / kMicroseconds;
    return {change / elapsed, elapsed > 0};
  }
  bool per_second_;
};

// What lies between neighbours: increase of a counter, number of changes.
class Steps final : public Window {
 public:
  Steps(double seconds, std::size_t capacity, FunctionId id) : Window(seconds, capacity), id_(id) {}

 private:
  [[nodiscard]] double between(double before, double after) const {
    if (id_ != FunctionId::increase) return before != after ? 1.0 : 0.0;
    return after >= before ? after - before : after;  // a counter that fell began at zero
  }
  void added(const WindowSample& sample) override {
    if (samples().size() > 1) sum_ += between(samples()[samples().size() - 2].value, sample.value);
  }
  void removed(const WindowSample& oldest) override {
    if (samples().size() > 1) sum_ -= between(oldest.value, samples()[1].value);
  }
  void begin_again() override {
    sum_ = 0;
    for (std::size_t i = 1; i < samples().size(); ++i) sum_ += between(samples()[i - 1].value, samples()[i].value);
  }
  FeatureOutput tell() const override {
    if (id_ == FunctionId::changed) return {sum_ > 0 ? 1.0 : 0.0, !samples().empty()};
    return {sum_, samples().size() > (id_ == FunctionId::increase ? 1U : 0U)};
  }
  FunctionId id_;
  double sum_ = 0;
};

// avg_over, sum_over, count_over, stddev_over: sums of what lies in the window, taken from a shift near the values, so
// that the variance of large numbers keeps its digits.
class Moments final : public Window {
 public:
  Moments(double seconds, std::size_t capacity, FunctionId id) : Window(seconds, capacity), id_(id) {}

 private:
  void added(const WindowSample& sample) override {
    if (samples().size() == 1) {
      shift_ = sample.value;
      sum_ = square_ = 0;
    }
    take(sample.value, 1);
  }
  void removed(const WindowSample& oldest) override { take(oldest.value, -1); }
  void take(double value, double sign) {
    const double from_shift = value - shift_;
    sum_ += sign * from_shift;
    square_ += sign * from_shift * from_shift;
  }
  void begin_again() override {
    if (samples().empty()) return;
    shift_ += sum_ / static_cast<double>(samples().size());
    sum_ = square_ = 0;
    for (std::size_t i = 0; i < samples().size(); ++i) take(samples()[i].value, 1);
  }
  FeatureOutput tell() const override {
    const auto n = static_cast<double>(samples().size());
    if (id_ == FunctionId::count_over) return {n, true};
    if (samples().empty()) return {0, id_ == FunctionId::sum_over};
    if (id_ == FunctionId::sum_over) return finite(shift_ * n + sum_);
    if (id_ == FunctionId::avg_over) return finite(shift_ + sum_ / n);
    const double mean = sum_ / n;
    return finite(std::sqrt(std::max(0.0, square_ / n - mean * mean)));
  }
  static FeatureOutput finite(double value) { return {value, std::isfinite(value)}; }
  FunctionId id_;
  double shift_ = 0;
  double sum_ = 0;
  double square_ = 0;
};

// quantile_over: the values of the window a second time, in order.
class Quantile final : public Window {
 public:
  Quantile(double q, double seconds, std::size_t capacity) : Window(seconds, capacity), q_(q) {
    sorted_.reserve(capacity + 1);
  }
  std::size_t bytes() const override { return Window::bytes() + sorted_.capacity() * sizeof(double) + 32; }

 private:
  void added(const WindowSample& sample) override {
    sorted_.insert(std::ranges::upper_bound(sorted_, sample.value), sample.value);
  }
  void removed(const WindowSample& oldest) override { sorted_.erase(std::ranges::lower_bound(sorted_, oldest.value)); }
  FeatureOutput tell() const override {
    if (sorted_.empty()) return {};
    const double place = q_ * static_cast<double>(sorted_.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double low = sorted_[below];
    const double high = sorted_[std::min(below + 1, sorted_.size() - 1)];
    return {low + (high - low) * (place - static_cast<double>(below)), true};
  }
  double q_;
  std::vector<double> sorted_;
};

// min_over, max_over: only samples that no later one beats (a monotonic queue), so that the front is the answer.
class Extreme final : public Feature {
 public:
  Extreme(double seconds, std::size_t capacity, bool greatest)
      : span_(to_us(seconds)), ring_(capacity), sign_(greatest ? 1.0 : -1.0) {}

  FeatureOutput run(const FeatureInput& in) override {
    while (!ring_.empty() && ring_.front().at <= in.now - span_) ring_.pop_front();
    const Result& x = in.arguments[0];
    if (in.fresh && x.known && in.stamp > in.now - span_) {
      while (!ring_.empty() && sign_ * ring_.back().value <= sign_ * x.value) ring_.pop_back();
      if (ring_.full()) ring_.pop_front();
      ring_.push({in.stamp, x.value});
    }
    if (ring_.empty()) return {};
    return {ring_.front().value, x.known, ring_.front().at + span_};
  }
  std::size_t bytes() const override { return sizeof(*this) + ring_.bytes(); }

 private:
  std::int64_t span_;
  SampleRing ring_;
  double sign_;
};

class Stale final : public Feature {
 public:
  explicit Stale(double seconds) : span_(to_us(seconds)) {}

  FeatureOutput run(const FeatureInput& in) override {
    if (!begun_) last_ = in.now;  // what never came is missing since we began to wait
    begun_ = true;
    if (in.fresh && in.arguments[0].known) last_ = std::max(last_, in.stamp);
    const std::int64_t due = last_ + span_;
    return {in.now >= due ? 1.0 : 0.0, true, in.now >= due ? FeatureOutput::kNever : due};
  }
  std::size_t bytes() const override { return sizeof(*this); }
  bool outlives_arguments() const override { return true; }

 private:
  std::int64_t span_;
  std::int64_t last_ = 0;
  bool begun_ = false;
};

class NOfM final : public Feature {
 public:
  NOfM(double n, double m)
      : n_(static_cast<int>(n)),
        mask_(m >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << static_cast<unsigned>(m)) - 1) {}

  FeatureOutput run(const FeatureInput& in) override {
    const Result& x = in.arguments[0];
    if (in.fresh && x.known) seen_ = ((seen_ << 1U) | (x.value != 0 ? 1U : 0U)) & mask_;
    return {std::popcount(seen_) >= n_ ? 1.0 : 0.0, x.known};
  }
  std::size_t bytes() const override { return sizeof(*this); }

 private:
  int n_;
  std::uint64_t mask_;
  std::uint64_t seen_ = 0;
};

}  // namespace

std::size_t window_capacity(double seconds, double period_s) {
  constexpr double kSpare = 1.25;  // polls come a little early and late, and a technician may read in between
  const double samples = std::ceil(seconds / (period_s > 0 ? period_s : 1.0) * kSpare) + 2;
  return samples > 1e9 ? std::size_t{1'000'000'000} : static_cast<std::size_t>(samples);
}

std::unique_ptr<Feature> make_window(const FeatureSpec& spec, std::size_t capacity) {
  const auto& c = spec.constants;
  switch (spec.function->id) {
    case FunctionId::rate:
    case FunctionId::delta: return std::make_unique<Ends>(c[0], capacity, spec.function->id == FunctionId::rate);
    case FunctionId::increase:
    case FunctionId::changed:
    case FunctionId::changes_over: return std::make_unique<Steps>(c[0], capacity, spec.function->id);
    case FunctionId::avg_over:
    case FunctionId::sum_over:
    case FunctionId::count_over:
    case FunctionId::stddev_over: return std::make_unique<Moments>(c[0], capacity, spec.function->id);
    case FunctionId::min_over:
    case FunctionId::max_over:
      return std::make_unique<Extreme>(c[0], capacity, spec.function->id == FunctionId::max_over);
    case FunctionId::quantile_over: return std::make_unique<Quantile>(c[0], c[1], capacity);
    case FunctionId::stale: return std::make_unique<Stale>(c[0]);
    case FunctionId::n_of_m: return std::make_unique<NOfM>(c[0], c[1]);
    default: break;
  }
  WAYSIDE_ASSERT(false);
  return nullptr;
}

}  // namespace wayside::rules
