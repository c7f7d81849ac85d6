// Random orders, observations and kills against the reference.
#include "unit/rules/alarm_reference.hpp"
#include "unit/rules/world.hpp"
#include "wire/alarm_record.hpp"

namespace wayside::rules::test {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % n;
  }

 private:
  std::uint64_t state_;
};

struct Told {
  AlarmState from;
  AlarmState to;
  AlarmState live;
  Cause cause;
  bool operator==(const Told&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Told& told) {
  return out << model::to_string(told.from) << " -> " << model::to_string(told.to) << " ("
             << model::to_string(told.live) << ") " << model::to_string(told.cause);
}

class Bench {
 public:
  Bench(const LifeTiming& timing, std::uint64_t seed) : timing_(timing), dice_(seed) { reference_.timing = timing; }

  void turn() {
    now_ += Us{static_cast<std::int64_t>(dice_.below(4) == 0 ? dice_.below(40'000'000) : dice_.below(3'000'000))};
    const auto draw = dice_.below(100);
    if (draw < 70) return observe();
    if (draw < 95) return order();
    kill();
  }
  std::uint64_t told() const { return told_; }

 private:
  void observe() {
    Observation seen;
    const auto draw = dice_.below(16);
    // Runs of the same, or no delay would ever pass.
    if (draw < 4) condition_ = draw == 0 ? std::nullopt : std::optional(draw < 3);
    if (dice_.below(12) == 0) parent_ = !parent_;
    seen.condition = condition_;
    seen.ending = condition_ ? std::optional(!*condition_) : std::nullopt;
    seen.suppressed = parent_;
    reference_.past.emplace_back(now_, seen);
    if (reference_.past.size() > 400) reference_.past.pop_front();
    for (int steps = 0;; ++steps) {
      REQUIRE(steps < 8);
      const auto from = life_.shown();
      const auto cause = desk_.step(0, life_, timing_, seen, now_);
      const auto reference_from = reference_.shown();
      const auto wanted = reference_.next(now_);
      REQUIRE(cause == wanted);
      if (!cause) break;
      take(from, *cause, {reference_from, reference_.shown(), reference_.live(), *wanted});
    }
    REQUIRE(life_.is_escalated() == reference_.is.escalated);
    REQUIRE(life_.is_stale() == reference_.is.stale);
    check_deadline(seen);
  }

  void order() {
    model::AlarmOrder order{static_cast<AlarmVerb>(dice_.below(6)), "g/r d", "li", "maintenance", Us{0}};
    order.span = Us{60'000'000 + static_cast<std::int64_t>(dice_.below(90'000'000))};
    const auto from = life_.shown();
    const auto reference_from = reference_.shown();
    const auto done = desk_.carry_out(order, 0, life_, timing_, now_);
    const auto wanted = reference_.order(order.verb, order.span, now_);
    REQUIRE(done.has_value() == wanted.has_value());
    REQUIRE(life_.shown() == reference_.shown());
    if (!done) {
      REQUIRE_FALSE(done.error().what.empty());
      return;
    }
    take(from, *done, {reference_from, reference_.shown(), reference_.live(), *wanted});
  }

  // What a transition says, and what the store then holds.
  void take(AlarmState from, Cause cause, const Told& wanted) {
    model::AlarmTransition transition;
    transition.at = now_;
    desk_.count(0, life_, from, cause, transition);
    REQUIRE(Told{transition.from, transition.to, transition.live, transition.cause} == wanted);
    REQUIRE(transition.count == ++told_);
    model::AlarmRecord record;
    record.alarm = "g/r d";
    desk_.save(0, life_, record);
    stored_ = wire::encode_record(record);
    reference_.stored = reference_.is;
  }

  void kill() {
    life_ = AlarmLife{};
    desk_ = AlarmDesk{};
    reference_.kill();
    if (stored_.empty()) return;
    const auto record = wire::decode_record(stored_);
    REQUIRE(record.has_value());
    desk_.restore(0, life_, *record);
    REQUIRE(life_.shown() == reference_.shown());
    REQUIRE(life_.live() == reference_.live());
    REQUIRE(desk_.find(0)->count == told_);
  }

  // Nothing happens before the deadline, and at it either something happens or the next one is later.
  void check_deadline(const Observation& seen) {
    const auto deadline = desk_.deadline(0, life_, timing_);
    if (!deadline) {
      auto life = life_;
      auto desk = desk_;
      REQUIRE_FALSE(desk.step(0, life, timing_, seen, now_ + std::chrono::hours{1}));
      return;
    }
    REQUIRE(*deadline > now_);
    if (*deadline > now_ + Us{1}) {
      auto life = life_;
      auto desk = desk_;
      REQUIRE_FALSE(desk.step(0, life, timing_, seen, *deadline - Us{1}));
    }
    auto life = life_;
    auto desk = desk_;
    if (desk.step(0, life, timing_, seen, *deadline)) return;
    const auto later = desk.deadline(0, life, timing_);
    REQUIRE((!later || *later > *deadline));
  }

  LifeTiming timing_;
  Dice dice_;
  base::BootTime now_ = at(1h);
  std::optional<bool> condition_;
  bool parent_ = false;
  AlarmLife life_;
  AlarmDesk desk_;
  base::Bytes stored_;
  Reference reference_;
  std::uint64_t told_ = 0;
};

TEST_CASE("whatever is done to an alarm, and killed in between, it lives as the table says", "[rules][life]") {
  std::uint64_t told = 0;
  for (std::uint64_t kind = 0; kind < 20; ++kind) {
    LifeTiming timing;
    timing.acknowledge = (kind & 1U) != 0;
    timing.latch = (kind & 2U) != 0;
    if ((kind & 4U) != 0) timing = {3s, 2s, timing.acknowledge, timing.latch, 0us, 0us, 0us, 0us};
    timing.release_after = kind % 3 == 0 ? 0us : 5s;
    if (kind >= 4) timing.realarm_after = 20s;
    if (kind >= 8) timing.escalate_after = 8s;
    if (kind >= 12) timing.stale_after = 30s;
    INFO("kind " << kind);
    Bench bench(timing, kind + 1);
    for (int turn = 0; turn < 5000; ++turn) bench.turn();
    told += bench.told();
  }
  CHECK(told > 20'000);  // otherwise it was a test of nothing
}

}  // namespace
}  // namespace wayside::rules::test
