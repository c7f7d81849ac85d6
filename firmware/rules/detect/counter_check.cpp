#include "rules/detect/counter_check.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "rules/detect/sealed.hpp"
#include "rules/detect/sigmas.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "counter_check 1";
constexpr double kReset = 1;
constexpr double kFell = 10;

}  // namespace

std::optional<double> CounterCheck::step(const Instant& when, std::span<const double> values) {
  if (!is_one_number(values)) return std::nullopt;
  std::optional<double> score;
  if (before_) {
    const std::chrono::duration<double> passed = when.at - before_->at;
    score = judge(values[0], std::max(0.0, passed.count()));
  }
  before_ = Sample{values[0], when.at};
  return score;
}

double CounterCheck::judge(double now, double seconds) {
  const double allowed = settings_.fastest * seconds + settings_.one;
  const double rise = now - before_->value;
  rise_ = rise;
  if (rise >= 0) {
    const double share = std::min(rise / allowed, kMostSigmas);
    finding_ = share > 1 ? Finding::too_fast : Finding::plausible;
    return share;
  }
  const double wrapped = rise + settings_.range;
  if (settings_.range > 0 && wrapped >= 0 && wrapped <= allowed) {
    rise_ = wrapped;
    finding_ = Finding::plausible;
    return wrapped / allowed;
  }
  rise_.reset();
  // After a reset it can have counted no further than it could since the sample before.
  finding_ = now >= 0 && now <= allowed ? Finding::reset : Finding::fell;
  return finding_ == Finding::reset ? kReset : kFell;
}

// When the counter was last read is boot time: nothing outlives a restart.
void CounterCheck::save(base::ByteWriter& out) const { seal(out, body_of(kName)); }

bool CounterCheck::load(base::ByteReader& in) {
  *this = CounterCheck(settings_);
  return unseal(in, kName, [](base::ByteReader&) { return true; });
}

static_assert(Detector<CounterCheck>);

}  // namespace wayside::rules::detect
