#include "rules/features/learned.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <utility>

#include "base/assert.hpp"
#include "rules/detect/anomaly_likelihood.hpp"
#include "rules/detect/counter_check.hpp"
#include "rules/detect/cusum.hpp"
#include "rules/detect/ewma_z.hpp"
#include "rules/detect/flatline.hpp"
#include "rules/detect/multivariate.hpp"
#include "rules/detect/robust_z.hpp"
#include "rules/detect/seasonal.hpp"
#include "rules/detect/two_window_step.hpp"
#include "rules/detect/usual.hpp"
#include "rules/detect/zero_count.hpp"

namespace wayside::rules {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::size_t kMostValues = 64;

// A detector others can begin with what it has learned.
template <class D>
concept Sharing = requires(D detector, const D known, const model::BaselineSummary& prior) {
  { known.summary() } -> std::same_as<model::BaselineSummary>;
  { detector.start_from(prior) } -> std::same_as<bool>;
};

// Feeds a detector each sample of which all values are usable, and tells its score until the next one.
template <detect::Detector D>
class Learned final : public Feature {
 public:
  template <class... Settings>
  explicit Learned(bool learns, Settings&&... settings)
      : detector_(std::forward<Settings>(settings)...), learns_(learns) {}

  FeatureOutput run(const FeatureInput& in) override {
    std::array<double, kMostValues> values{};
    bool known = true;
    for (std::size_t i = 0; i < in.arguments.size(); ++i) {
      values[i] = in.arguments[i].value;
      known = known && in.arguments[i].known;
    }
    if (in.fresh && known) {
      detect::Instant when{base::from_us(in.stamp), std::nullopt, in.frozen};
      // The date is that of now; the sample may be older.
      if (in.date) when.local_s = in.date->local_s - (in.now - in.stamp) / kMicroseconds;
      score_ = detector_.step(when, {values.data(), in.arguments.size()});
    }
    return {score_.value_or(0), known && score_.has_value()};
  }
  std::size_t bytes() const override { return sizeof(*this) - sizeof(D) + detector_.bytes(); }
  bool asks_date() const override { return true; }
  bool learns() const override { return learns_; }
  void save(base::ByteWriter& out) const override { detector_.save(out); }
  bool load(base::ByteReader& in) override { return detector_.load(in); }
  bool shares() const override { return Sharing<D>; }
  model::BaselineSummary share() const override {
    if constexpr (Sharing<D>) return detector_.summary();
    return {};
  }
  bool start_from(const model::BaselineSummary& prior) override {
    if constexpr (Sharing<D>) return detector_.start_from(prior);
    return Feature::start_from(prior);
  }

 private:
  D detector_;
  bool learns_;
  std::optional<double> score_;
};

template <class D, class... Settings>
std::unique_ptr<Feature> learned(bool learns, Settings&&... settings) {
  return std::make_unique<Learned<D>>(learns, std::forward<Settings>(settings)...);
}

struct Season {
  std::string_view name;
  detect::SeasonalSettings settings;
};

std::array<Season, 5> seasons() {
  auto weekday = detect::SeasonalSettings{};
  weekday.cycle = detect::Cycle::day_kind;
  weekday.points = 16;
  auto week = detect::SeasonalSettings{};
  week.cycle = detect::Cycle::week;
  week.slot_s = 3600;
  return {{{"traffic", detect::traffic_settings()},
           {"power", detect::power_settings()},
           {"level", detect::voltage_settings()},
           {"weekday", weekday},
           {"week", week}}};
}

std::optional<detect::SeasonalSettings> season_of(const FeatureSpec& spec) {
  for (const auto& season : seasons()) {
    if (season.name == spec.texts[0]) return season.settings;
  }
  return std::nullopt;
}

bool is_whole(double value, double least, double most) {
  return value >= least && value <= most && value == std::floor(value);
}

}  // namespace

std::string refuse_learned(const FeatureSpec& spec) {
  const auto& c = spec.constants;
  switch (spec.function->id) {
    case FunctionId::joint_score:
      if (!is_whole(c[0], 50, 1e6)) return "joint_score learns 50 to 1000000 samples first";
      if (spec.arguments.size() <= detect::Multivariate::kMostChannels) return {};
      return fmt::format("joint_score takes at most {} points", detect::Multivariate::kMostChannels);
    case FunctionId::seasonal_score: {
      const auto season = season_of(spec);
      if (!season) {
        return fmt::format("there is no season \"{}\": traffic, power, level, weekday or week", spec.texts[0]);
      }
      if (spec.arguments.size() == season->channels) return {};
      return fmt::format("seasonal_score(\"{}\", ...) takes {}", spec.texts[0],
                         season->channels == 2 ? "two points" : "one point");
    }
    case FunctionId::robust_z:
    case FunctionId::step_z: {
      const double most = spec.function->id == FunctionId::step_z ? detect::TwoWindowStep::kLargestWindow
                                                                  : detect::RobustZ::kLargestWindow;
      if (is_whole(c[0], 8, most)) return {};
      return fmt::format("{} looks at 8 to {} samples", spec.function->name, most);
    }
    case FunctionId::ewma_z: return is_whole(c[0], 2, 1e6) ? "" : "ewma_z remembers 2 to 1000000 samples";
    case FunctionId::cusum:
      return c[0] >= 0 && c[0] <= 10 && c[1] > 0 && c[1] <= 1000 ? ""
                                                                 : "cusum allows 0 to 10 sigmas, its limit is above 0";
    case FunctionId::counter_check:
      return c[0] > 0 && (c.size() < 2 || c[1] > 0) ? "" : "counter_check wants a rate and a range above 0";
    default: return {};
  }
}

std::unique_ptr<Feature> make_learned(const FeatureSpec& spec) {
  const auto& c = spec.constants;
  const auto whole = [](double value) { return static_cast<std::uint32_t>(value); };
  switch (spec.function->id) {
    case FunctionId::anomaly_score: return learned<detect::AnomalyLikelihood>(true);
    case FunctionId::joint_score: {
      detect::MultivariateSettings settings;
      settings.channels = spec.arguments.size();
      settings.learn = whole(c[0]);
      return learned<detect::Multivariate>(true, settings);
    }
    case FunctionId::seasonal_score:
      return learned<detect::Seasonal>(true, season_of(spec).value_or(detect::SeasonalSettings{}));
    case FunctionId::robust_z:
      return learned<detect::RobustZ>(true, detect::RobustZSettings{whole(c[0]), std::min(20U, whole(c[0]))});
    case FunctionId::ewma_z: return learned<detect::EwmaZ>(true, detect::EwmaZSettings{1 / c[0]});
    case FunctionId::cusum: {
      detect::CusumSettings settings;
      settings.k = c[0];
      settings.h = c[1];
      return learned<detect::Cusum>(true, settings);
    }
    case FunctionId::step_z: return learned<detect::TwoWindowStep>(false, detect::TwoWindowStepSettings{whole(c[0])});
    case FunctionId::flatline: {
      detect::FlatlineSettings settings;
      settings.after = std::chrono::seconds(std::max<std::int64_t>(1, std::llround(c[0])));
      return learned<detect::Flatline>(false, settings);
    }
    case FunctionId::counter_check:
      return learned<detect::CounterCheck>(false, detect::CounterCheckSettings{c[0], 1, c.size() > 1 ? c[1] : 0.0});
    case FunctionId::zero_count: return learned<detect::ZeroCount>(false, detect::ZeroCountSettings{});
    case FunctionId::usual: return learned<detect::Usual>(true);
    default: break;
  }
  WAYSIDE_ASSERT(false);
  return nullptr;
}

}  // namespace wayside::rules
