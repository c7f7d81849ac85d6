// rules: samples a second and core that the evaluator takes, and the memory of 10,000 points with 10 rules each.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>

#include "bench/cases.hpp"
#include "rules/evaluator.hpp"

namespace wayside::bench {
namespace {

constexpr int kDevices = 1000;
constexpr int kMetrics = 10;  // points of a device, read together
constexpr double kMiB = 1024 * 1024;

// A fixed loop of dependent steps: how fast this core is against the one the goals were set on (an idle core of the
// two-core machines that run ci), where it does so many a second.
constexpr double kReferenceSteps = 6.1e8;

double calibration() {
  constexpr std::uint64_t kSteps = 100'000'000;
  volatile std::uint64_t seed = 88172645463325252ULL;
  std::uint64_t x = seed;
  const double before = cpu_seconds();
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
  }
  const double took = cpu_seconds() - before;
  seed = x;
  return static_cast<double>(kSteps) / took / kReferenceSteps;
}

struct Variant {
  const char* name;
  double goal;  // samples a second
  std::vector<std::string> expressions;
  std::vector<std::string> clears;  // as many; empty: none
};

std::vector<Variant> variants() {
  return {{"10 rules a point",
           1e6,
           {"{} > 90", "{} < 5", "{} > 95 or {} < 2", "{} != {}", "rate({}, 1m) > 2", "rate({}, 1m) < -2",
            "abs(rate({}, 2m)) > 3", "{} > 80", "{} > 85", "{} < 10"},
           {"", "", "", "", "", "", "", "{} < 75", "{} < 80", "{} > 15"}},
          {"likelihood on every point", 5e5, {"anomaly_score({}) > 0.26"}, {""}}};
}

std::string with_metric(std::string text, const std::string& metric) {
  for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at)) text.replace(at, 2, metric);
  return text;
}

model::PointTable make_points() {
  model::PointTable points;
  for (int device = 0; device < kDevices; ++device) {
    for (int metric = 0; metric < kMetrics; ++metric) {
      model::PointInfo info;
      info.device = model::DeviceId{fmt::format("d{}", device)};
      info.name = info.metric = fmt::format("m{}", metric);
      info.labels = {{"device", info.device.value}};
      info.period = std::chrono::seconds{10};
      points.add(std::move(info));
    }
  }
  return points;
}

std::vector<model::RuleSpec> make_rules(const Variant& variant) {
  std::vector<model::RuleSpec> out;
  for (int metric = 0; metric < kMetrics; ++metric) {
    const auto name = fmt::format("m{}", metric);
    for (std::size_t i = 0; i < variant.expressions.size(); ++i) {
      model::RuleSpec spec;
      spec.group = "bench";
      spec.name = fmt::format("{}-{}", name, i);
      spec.expr.text = with_metric(variant.expressions[i], name);
      if (!variant.clears[i].empty()) {
        spec.clear = model::ExpressionText{with_metric(variant.clears[i], name), {}};
      }
      out.push_back(std::move(spec));
    }
  }
  return out;
}

// Values wander between 20 and 70: alarms are rare, as on a street.
class Site {
 public:
  explicit Site(const Variant& variant) : points_(make_points()) {
    const auto rules = make_rules(variant);
    auto compiled = rules::Evaluator::compile(rules, points_);
    if (!compiled.evaluator) give_up("rules: " + compiled.problems.front().what);
    evaluator_ = std::move(compiled.evaluator);
  }
  [[nodiscard]] const rules::Evaluator& evaluator() const { return *evaluator_; }

  // One reading of every point, a device at a time.
  void round() {
    now_ += std::chrono::seconds{10};
    std::array<model::PointHandle, kMetrics> changed{};
    for (int device = 0; device < kDevices; ++device) {
      for (int metric = 0; metric < kMetrics; ++metric) {
        chance_ = chance_ * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto point = model::PointHandle{static_cast<std::uint32_t>(device * kMetrics + metric)};
        const double value = 20 + static_cast<double>(chance_ >> 40U) / static_cast<double>(1U << 24U) * 50;
        points_.apply({point, value, model::Quality::good, now_});
        changed[static_cast<std::size_t>(metric)] = point;
      }
      transitions_ += evaluator_->on_readings(changed, now_).transitions.size();
    }
  }
  [[nodiscard]] std::size_t transitions() const { return transitions_; }

 private:
  model::PointTable points_;
  std::unique_ptr<rules::Evaluator> evaluator_;
  base::BootTime now_{};
  std::uint64_t chance_ = 42;
  std::size_t transitions_ = 0;
};

}  // namespace

void rules(const Settings& settings) {
  for (const auto& variant : variants()) {
    Site site(variant);
    for (int i = 0; i < 100; ++i) site.round();  // windows are full, detectors have learned
    std::vector<double> rates;
    std::vector<double> speeds;
    for (int i = 0; i < settings.rounds; ++i) {
      speeds.push_back(calibration());
      const double before = cpu_seconds();
      double samples = 0;
      while (cpu_seconds() - before < settings.seconds) {
        site.round();
        samples += kDevices * kMetrics;
      }
      rates.push_back(samples / (cpu_seconds() - before));
    }
    Result result;
    result.name = "rules";
    result.variant = variant.name;
    result.ours = median(rates);
    result.ceiling = variant.goal * median(speeds);
    result.unit = "samples/s and core";
    result.goal = 1;
    const double mib = static_cast<double>(site.evaluator().bytes()) / kMiB;
    result.further_conditions = mib <= 64;
    result.more = {{"MiB", mib}, {"alarms", static_cast<double>(site.transitions())}, {"calibration", median(speeds)}};
    print(settings, result);
  }
}

}  // namespace wayside::bench
