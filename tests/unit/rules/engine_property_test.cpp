// The whole engine against itself computed from scratch: random recording rules over random readings (late, missing,
// bad), judged at every instant by a reference that keeps all samples and evaluates the tree of each rule anew.
#include <cmath>
#include <memory>
#include <random>

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using Maybe = std::optional<double>;
using Random = std::mt19937_64;

constexpr int kDevices = 3;
constexpr std::array<const char*, 2> kMetrics{"flow", "head"};
constexpr std::array<std::int64_t, 2> kPeriods{1'000'000, 4'000'000};

struct Stored {
  std::int64_t at = 0;
  double value = 0;
  bool usable = false;
  bool there = false;
};

// Where the site stands at one instant, for one device.
struct Instant {
  std::int64_t now = 0;
  int device = 0;
  const std::array<Stored, 2>* newest = nullptr;
  std::array<bool, 2> fresh{};
};

class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;
  virtual std::string text() const = 0;
  virtual Maybe value(const Instant& in) = 0;
  virtual bool fresh(const Instant& in) const = 0;
};
using Tree = std::unique_ptr<Node>;

class Point final : public Node {
 public:
  explicit Point(std::size_t metric) : metric_(metric) {}
  std::string text() const override { return kMetrics.at(metric_); }
  Maybe value(const Instant& in) override {
    const auto& newest = in.newest->at(metric_);
    const bool old = in.now - newest.at > 3 * kPeriods.at(metric_);
    return newest.there && newest.usable && !old ? Maybe(newest.value) : std::nullopt;
  }
  bool fresh(const Instant& in) const override { return in.fresh.at(metric_); }

 private:
  std::size_t metric_;
};

class Number final : public Node {
 public:
  explicit Number(int value) : value_(value) {}
  std::string text() const override { return std::to_string(value_); }
  Maybe value(const Instant&) override { return value_; }
  bool fresh(const Instant&) const override { return false; }

 private:
  int value_;
};

class Binary final : public Node {
 public:
  Binary(std::string op, Tree left, Tree right)
      : op_(std::move(op)), left_(std::move(left)), right_(std::move(right)) {}
  std::string text() const override {
    const auto side = [this](const Node& node) {
      return is_comparison() ? "round(" + node.text() + " * 997 + 0.123)" : node.text();
    };
    return "(" + side(*left_) + " " + op_ + " " + side(*right_) + ")";
  }
  bool fresh(const Instant& in) const override { return left_->fresh(in) || right_->fresh(in); }
  Maybe value(const Instant& in) override {
    const auto a = left_->value(in);  // both: what stands in them must see every instant
    const auto b = right_->value(in);
    if (op_ == "and") return a == 0.0 || b == 0.0 ? Maybe(0) : a && b ? Maybe(1) : std::nullopt;
    if (op_ == "or") return (a && *a != 0) || (b && *b != 0) ? Maybe(1) : a && b ? Maybe(0) : std::nullopt;
    if (!a || !b) return std::nullopt;
    if (op_ == "+") return *a + *b;
    if (op_ == "-") return *a - *b;
    if (op_ == "*") return *a * *b;
    if (op_ == "/") return *b == 0 ? std::nullopt : Maybe(*a / *b);
    if (op_ == "<") return coarse(*a) < coarse(*b);
    if (op_ == ">=") return coarse(*a) >= coarse(*b);
    return coarse(*a) == coarse(*b);
  }

 private:
  // The last digits of a sum depend on the order of its parts: nothing may hang on them.
  static double coarse(double value) { return std::round(value * 997 + 0.123); }
  bool is_comparison() const { return op_ == "<" || op_ == ">=" || op_ == "=="; }
  std::string op_;
  Tree left_;
  Tree right_;
};

class Call final : public Node {
 public:
  Call(std::string name, std::vector<Tree> arguments) : name_(std::move(name)), arguments_(std::move(arguments)) {}
  std::string text() const override {
    std::string out = name_ + "(";
    for (const auto& argument : arguments_) out += (out.back() == '(' ? "" : ", ") + argument->text();
    return out + ")";
  }
  bool fresh(const Instant& in) const override {
    return std::ranges::any_of(arguments_, [&in](const auto& argument) { return argument->fresh(in); });
  }
  Maybe value(const Instant& in) override {
    std::vector<Maybe> a;
    for (const auto& argument : arguments_) a.push_back(argument->value(in));
    if (name_ == "known") return a[0] ? 1 : 0;
    if (name_ == "not") return a[0] ? Maybe(*a[0] == 0 ? 1 : 0) : std::nullopt;
    if (name_ == "choose") {
      if (!a[0]) return std::nullopt;
      return *a[0] != 0 ? a[1] : a[2];
    }
    if (!std::ranges::all_of(a, [](const auto& one) { return one.has_value(); })) return std::nullopt;
    if (name_ == "abs") return std::abs(*a[0]);
    if (name_ == "max") return std::max(*a[0], *a[1]);
    return *a[0] < 0 ? std::nullopt : Maybe(std::sqrt(*a[0]));
  }

 private:
  std::string name_;
  std::vector<Tree> arguments_;
};

// All samples of an argument, by device; what the window says is computed from those in it.
class Window final : public Node {
 public:
  Window(std::string name, Tree argument, int seconds)
      : name_(std::move(name)), argument_(std::move(argument)), seconds_(seconds) {}
  std::string text() const override { return name_ + "(" + argument_->text() + ", " + std::to_string(seconds_) + "s)"; }
  bool fresh(const Instant& in) const override { return argument_->fresh(in); }
  Maybe value(const Instant& in) override {
    const auto now = argument_->value(in);
    auto& all = samples_.at(static_cast<std::size_t>(in.device));
    if (argument_->fresh(in) && now && (all.empty() || all.back().first < in.now)) all.emplace_back(in.now, *now);
    std::vector<double> w;
    std::vector<std::int64_t> times;
    for (const auto& [at, value] : all) {
      if (at <= in.now - seconds_ * 1'000'000) continue;
      w.push_back(value);
      times.push_back(at);
    }
    if (!now) return std::nullopt;
    return judged(w, times);
  }

 private:
  Maybe judged(const std::vector<double>& w, const std::vector<std::int64_t>& times) const {
    double sum = 0;
    double changes = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      sum += w[i];
      if (i > 0 && w[i] != w[i - 1]) ++changes;
    }
    if (name_ == "count_over") return static_cast<double>(w.size());
    if (name_ == "sum_over") return sum;
    if (w.empty()) return std::nullopt;
    if (name_ == "avg_over") return sum / static_cast<double>(w.size());
    if (name_ == "max_over") return *std::ranges::max_element(w);
    if (name_ == "changes_over") return changes;
    if (w.size() < 2) return std::nullopt;
    if (name_ == "delta") return w.back() - w.front();
    return (w.back() - w.front()) / (static_cast<double>(times.back() - times.front()) / 1e6);
  }
  std::string name_;
  Tree argument_;
  int seconds_;
  std::array<std::vector<std::pair<std::int64_t, double>>, kDevices> samples_;
};

class Garden {
 public:
  explicit Garden(Random& chance) : chance_(chance) {}

  Tree number(int depth) {
    const auto pick = depth <= 0 ? chance_() % 3 : chance_() % 12;
    if (pick < 2) return std::make_unique<Point>(chance_() % 2);
    if (pick == 2) return std::make_unique<Number>(static_cast<int>(chance_() % 9));
    if (pick < 6) {
      constexpr std::array<const char*, 4> kOps{"+", "-", "*", "/"};
      return std::make_unique<Binary>(kOps.at(chance_() % 4), number(depth - 1), number(depth - 1));
    }
    if (pick < 8) {
      constexpr std::array<const char*, 3> kCalls{"abs", "max", "sqrt"};
      const std::string name = kCalls.at(chance_() % 3);
      std::vector<Tree> arguments;
      arguments.push_back(number(depth - 1));
      if (name == "max") arguments.push_back(number(depth - 1));
      return std::make_unique<Call>(name, std::move(arguments));
    }
    if (pick == 8) {
      std::vector<Tree> arguments;
      arguments.push_back(truth(depth - 1));
      arguments.push_back(number(depth - 1));
      arguments.push_back(number(depth - 1));
      return std::make_unique<Call>("choose", std::move(arguments));
    }
    constexpr std::array<const char*, 7> kWindows{"avg_over", "sum_over",     "max_over", "count_over",
                                                  "delta",    "changes_over", "rate"};
    return std::make_unique<Window>(kWindows.at(chance_() % 7), windowed(), 2 + static_cast<int>(chance_() % 20));
  }

  Tree truth(int depth) {
    const auto pick = depth <= 0 ? chance_() % 3 : chance_() % 7;
    if (pick < 3) {
      constexpr std::array<const char*, 3> kOps{"<", ">=", "=="};
      return std::make_unique<Binary>(kOps.at(pick), number(depth - 1), number(depth - 1));
    }
    if (pick < 5) return std::make_unique<Binary>(pick == 3 ? "and" : "or", truth(depth - 1), truth(depth - 1));
    std::vector<Tree> arguments;
    arguments.push_back(pick == 5 ? truth(depth - 1) : number(depth - 1));
    return std::make_unique<Call>(pick == 5 ? "not" : "known", std::move(arguments));
  }

 private:
  // A point, or two of them: a window needs a point to stand on.
  Tree windowed() {
    if (chance_() % 3 != 0) return std::make_unique<Point>(chance_() % 2);
    return std::make_unique<Binary>("+", std::make_unique<Point>(0), std::make_unique<Point>(1));
  }
  Random& chance_;
};

class Trial {
 public:
  explicit Trial(std::uint64_t seed) : chance_(seed) {
    for (int d = 0; d < kDevices; ++d) {
      for (std::size_t m = 0; m < kMetrics.size(); ++m) {
        model::PointInfo info;
        info.device = model::DeviceId{device(d)};
        info.name = info.metric = kMetrics.at(m);
        info.period = std::chrono::microseconds{kPeriods.at(m)};
        info.labels = {{"device", device(d)}};
        points_[static_cast<std::size_t>(d)].at(m) = table_.add(std::move(info));
      }
    }
    Garden garden(chance_);
    std::vector<model::RuleSpec> specs;
    while (specs.size() < 8) {
      auto tree = garden.number(3);
      auto spec = rule(tree->text());
      spec.name = "r" + std::to_string(specs.size());
      spec.recorded.emplace();
      spec.recorded->meaning = "a test";
      model::PointTable scratch = table_;
      if (!Evaluator::compile(std::span(&spec, 1), scratch).problems.empty()) continue;  // no point, or too deep
      specs.push_back(std::move(spec));
      trees_.push_back(std::move(tree));
    }
    auto compiled = Evaluator::compile(specs, table_);
    for (const auto& problem : compiled.problems) UNSCOPED_INFO(problem.what);
    REQUIRE(compiled.evaluator);
    evaluator_ = std::move(compiled.evaluator);
  }

  void run(int steps) {
    std::int64_t now = 1'000'000;
    for (auto& due : due_) due = {now, now};
    read(now, false);
    for (int step = 0; step < steps; ++step) {
      now = std::max(now + 1, std::ranges::min(due_, {}, [](const auto& due) { return due[0]; })[0]);
      while (const auto due = evaluator_->next_timer()) {
        if (base::to_us(*due) >= now) break;
        (void)evaluator_->on_timer(*due);
        check(base::to_us(*due), {});
      }
      read(now, true);
    }
  }

 private:
  using Fresh = std::array<std::array<bool, 2>, kDevices>;
  static std::string device(int d) { return "pump-" + std::to_string(d); }

  // One bus read: of each device whose turn it is the points that are due. Not more often than their windows have room.
  void read(std::int64_t now, bool may_fail) {
    Fresh fresh{};
    std::vector<model::PointHandle> changed;
    for (std::size_t d = 0; d < kDevices; ++d) {
      if (due_.at(d)[0] > now) continue;
      for (std::size_t m = 0; m < kMetrics.size(); ++m) {
        if (due_.at(d).at(m) > now) continue;
        const auto step = static_cast<std::uint64_t>(kPeriods.at(m));
        due_.at(d).at(m) = now + static_cast<std::int64_t>(step * 17 / 20 + chance_() % (step / 2));
        if (chance_() % 40 == 0) due_.at(d).at(m) += 15'000'000;
        const bool bad = may_fail && chance_() % 10 == 0;
        const double value = static_cast<double>(chance_() % 12) / 2;
        table_.apply(
            {points_.at(d).at(m), value, bad ? Quality::bad_sensor_failure : Quality::good, base::from_us(now)});
        newest_.at(d).at(m) = {now, value, !bad, true};
        fresh.at(d).at(m) = true;
        changed.push_back(points_.at(d).at(m));
      }
    }
    if (changed.empty()) return;
    (void)evaluator_->on_readings(changed, base::from_us(now));
    check(now, fresh);
  }

  void check(std::int64_t now, const Fresh& fresh) {
    for (std::size_t r = 0; r < trees_.size(); ++r) {
      for (int d = 0; d < kDevices; ++d) {
        const auto at = static_cast<std::size_t>(d);
        const auto wanted = trees_[r]->value({now, d, &newest_.at(at), fresh.at(at)});
        const auto point = table_.find(model::DeviceId{device(d)}, "r" + std::to_string(r));
        REQUIRE(point);
        const auto& newest = table_.newest(*point);
        const auto number = model::as_number(newest.value);
        INFO(trees_[r]->text() << " of " << device(d) << " at " << now);
        const bool known = number && !model::is_bad(newest.quality);
        const bool finite = wanted && std::isfinite(*wanted);
        REQUIRE(known == finite);
        if (known) REQUIRE(*number == Approx(*wanted).epsilon(1e-9).margin(1e-6));
      }
    }
  }

  Random chance_;
  model::PointTable table_;
  std::array<std::array<model::PointHandle, 2>, kDevices> points_{};
  std::array<std::array<Stored, 2>, kDevices> newest_{};
  std::array<std::array<std::int64_t, 2>, kDevices> due_{};
  std::vector<Tree> trees_;
  std::unique_ptr<Evaluator> evaluator_;
};

TEST_CASE("the engine says at every instant what its rules say computed from scratch", "[rules]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Trial(seed).run(400);
  }
}

}  // namespace
}  // namespace wayside::rules::test
