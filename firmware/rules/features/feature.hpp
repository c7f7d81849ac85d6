// A function with a memory, on its own arguments: one object for each set of points it stands on, shared by all rules
// that say the same of the same points. Runs when an argument has a new sample, when an argument becomes unusable or
// usable, and when it asked to. run() takes no memory. Home: core, owned by the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "model/baseline_summary.hpp"
#include "rules/language/program.hpp"
#include "rules/site_time.hpp"

namespace wayside::rules {

// All times: boot time, microseconds.
struct FeatureInput {
  std::int64_t now = 0;
  std::int64_t stamp = 0;  // when the newest sample of the arguments was taken
  bool fresh = false;      // it is newer than that of the last run
  bool frozen = false;     // an alarm that hangs on this is active: judge, do not learn
  std::span<const Result> arguments;
  std::optional<SiteDate> date;  // of `now`; only for those that asksDate()
};

struct FeatureOutput {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  double value = 0;
  bool known = false;
  std::int64_t next = kNever;  // when it will say something else without a new sample
};

// What is learned, and survives a restart.
class Learner {
 public:
  Learner() = default;
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;
  virtual ~Learner() = default;

  virtual void save(base::ByteWriter& /*out*/) const {}
  // Takes any bytes: false, and as new, when they are not its own.
  [[nodiscard]] virtual bool load(base::ByteReader& /*in*/) { return false; }

  // Of what is learned, the part that others can begin with; empty (no gateway in it): nothing yet. start_from():
  // false, and nothing has changed, when it has learned more than a little of its own, or the prior is not of its
  // season.
  [[nodiscard]] virtual bool shares() const { return false; }
  [[nodiscard]] virtual model::BaselineSummary share() const { return {}; }
  [[nodiscard]] virtual bool start_from(const model::BaselineSummary& /*prior*/) { return false; }
};

class Feature : public Learner {
 public:
  [[nodiscard]] virtual FeatureOutput run(const FeatureInput& in) = 0;
  [[nodiscard]] virtual std::size_t bytes() const = 0;
  [[nodiscard]] virtual bool asks_date() const { return false; }
  // Known although an argument is not.
  [[nodiscard]] virtual bool outlives_arguments() const { return false; }
  [[nodiscard]] virtual bool learns() const { return false; }
};

}  // namespace wayside::rules
