#include "cli/rule_trial.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "cli/trial_checks.hpp"
#include "cli/trial_points.hpp"
#include "rules/evaluator.hpp"

namespace wayside::cli {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr const char* kGateway = "gateway";

// The date of the first sample, and the clock's offset at every other.
class TrialTime final : public rules::SiteTime {
 public:
  TrialTime(const pipeline::SiteClock& clock, std::int64_t start_local_s) : clock_(clock) {
    // The offset of a local time is that of its instant: found in two steps but within an hour of a change.
    start_s_ = start_local_s - clock.offset_at(start_local_s);
    start_s_ = start_local_s - clock.offset_at(start_s_);
  }
  [[nodiscard]] std::optional<rules::SiteDate> at(base::BootTime instant) const override {
    const auto utc = start_s_ + std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count();
    return rules::SiteDate{utc, utc + clock_.offset_at(utc)};
  }

 private:
  const pipeline::SiteClock& clock_;
  std::int64_t start_s_ = 0;
};

// Everything that is expected at one instant.
struct Check {
  std::int64_t at = 0;
  const config::AlertExpectation* alert = nullptr;
  const config::PointExpectation* point = nullptr;
};

class Trial {
 public:
  Trial(const config::RuleTestFile& file, const config::RuleTest& test, const pipeline::SiteClock& clock)
      : test_(test), time_(clock, test.start_s) {
    feeds_ = make_trial_points(test, points_, result_.problems);
    if (!result_.problems.empty()) return;
    auto compiled = rules::Evaluator::compile(file.rules, points_,
                                              {kGateway, file.position, &time_, config::GatewayConfig{}.rules_memory});
    for (auto& problem : compiled.problems) result_.problems.push_back({problem.place, std::move(problem.what)});
    rules_ = std::move(compiled.evaluator);
  }

  TrialResult run() {
    if (rules_ == nullptr) return std::move(result_);
    for (const auto& alert : test_.alerts) checks_.push_back({alert.at.count(), &alert, nullptr});
    for (const auto& point : test_.points) checks_.push_back({point.at.count(), nullptr, &point});
    std::ranges::stable_sort(checks_, {}, &Check::at);
    find_next_sample();
    while (check_ < checks_.size()) {
      now_ = std::max(now_, next_instant());
      if (now_ == next_sample_) take_samples();
      take_timers();
      take_orders();
      take_checks();
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] base::BootTime instant() const { return base::from_us(now_); }

  [[nodiscard]] std::int64_t next_timer() const {
    const auto next = rules_->next_timer();
    return next ? base::to_us(*next) : kNever;
  }

  [[nodiscard]] std::int64_t next_instant() const {
    const auto order = order_ < test_.orders.size() ? test_.orders[order_].at.count() : kNever;
    return std::min({next_sample_, next_timer(), order, checks_[check_].at});
  }

  void find_next_sample() {
    next_sample_ = kNever;
    for (const auto& feed : feeds_) {
      if (!feed.over()) next_sample_ = std::min(next_sample_, feed.due_us());
    }
  }

  // What comes of one device at one instant is one bus read.
  void take_samples() {
    std::vector<model::PointHandle> changed;
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
      auto& feed = feeds_[i];
      if (!feed.over() && feed.due_us() == now_) {
        const auto reading = read_sample(feed.series->values.at(feed.next++), feed.point, points_, instant());
        if (reading) {
          points_.apply(*reading);
          changed.push_back(feed.point);
        }
      }
      const bool last = i + 1 == feeds_.size() || feeds_[i + 1].device != feed.device;
      if (!last || changed.empty()) continue;
      take(rules_->on_readings(changed, instant()));
      changed.clear();
    }
    find_next_sample();
  }

  void take_timers() {
    while (next_timer() <= now_) take(rules_->on_timer(instant()));
  }

  void take_orders() {
    for (; order_ < test_.orders.size() && test_.orders[order_].at.count() <= now_; ++order_) {
      const auto& asked = test_.orders[order_];
      auto done = rules_->carry_out(asked.order, instant());
      if (done) {
        if (asked.refused) fail(asked, "refused", "done");
        last_[done->alarm] = *std::move(done);
      } else if (!asked.refused) {
        fail(asked, "done", "refused: " + done.error().what);
      }
      take_timers();
    }
  }

  void fail(const config::TestOrder& asked, std::string expected, std::string got) {
    const auto what = std::string(model::to_string(asked.order.verb)) + " " + asked.order.alarm;
    result_.failures.push_back({asked.place, asked.at, what, std::move(expected), std::move(got)});
  }

  void take_checks() {
    for (; check_ < checks_.size() && checks_[check_].at <= now_; ++check_) {
      const auto& check = checks_[check_];
      if (check.alert != nullptr) check_alerts(*check.alert, *rules_, last_, result_.failures);
      if (check.point != nullptr) check_point(*check.point, points_, result_.failures);
    }
  }

  void take(rules::Verdict verdict) {
    for (auto& transition : verdict.transitions) last_[transition.alarm] = std::move(transition);
  }

  const config::RuleTest& test_;
  TrialTime time_;
  model::PointTable points_;
  TrialResult result_;
  std::vector<TrialFeed> feeds_;
  std::unique_ptr<rules::Evaluator> rules_;
  std::vector<Check> checks_;
  LastTransitions last_;
  std::int64_t now_ = 0;
  std::int64_t next_sample_ = kNever;
  std::size_t order_ = 0;
  std::size_t check_ = 0;
};

}  // namespace

TrialResult try_rules(const config::RuleTestFile& file, const config::RuleTest& test,
                      const pipeline::SiteClock& clock) {
  return Trial(file, test, clock).run();
}

}  // namespace wayside::cli
