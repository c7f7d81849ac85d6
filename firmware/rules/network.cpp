#include "rules/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace wayside::rules {
namespace {

constexpr std::size_t kMostArguments = 64;  // of a call, as the parser has it

base::BootTime to_time(std::int64_t us) { return base::from_us(us); }

// Of each sample a member gives: what the aggregation makes of all.
class Gathered {
 public:
  Gathered(Aggregation aggregation, bool of_truths) : aggregation_(aggregation), of_truths_(of_truths) {}

  void add(double value) {
    least_ = known_ == 0 ? value : std::min(least_, value);
    greatest_ = known_ == 0 ? value : std::max(greatest_, value);
    sum_ += value;
    ++known_;
  }
  [[nodiscard]] double value() const {
    const auto n = static_cast<double>(known_);
    switch (aggregation_) {
      case Aggregation::sum: return sum_;
      case Aggregation::avg:
      case Aggregation::share: return sum_ / n;
      case Aggregation::min: return least_;
      case Aggregation::max: return greatest_;
      case Aggregation::count: return of_truths_ ? sum_ : n;
    }
    return 0;
  }

 private:
  Aggregation aggregation_;
  bool of_truths_;
  std::size_t known_ = 0;
  double sum_ = 0;
  double least_ = 0;
  double greatest_ = 0;
};

}  // namespace

Network::Network(model::PointTable& points, const SiteTime& time) : points_(points), time_(time) {}
Network::~Network() = default;

void Network::begin(base::BootTime now) {
  now_ = std::max(now_, base::to_us(now));  // what a bus measured may be handed over after a timer ran
  date_asked_ = false;
  if (++round_ == 0) {  // after so many rounds no mark may look like one of today
    std::ranges::fill(step_round_, 0U);
    std::ranges::fill(user_round_, 0U);
    round_ = 1;
  }
  changed_.clear();
  for (const auto user : owed_) {
    user_round_[user] = round_;
    changed_.push_back(user);
  }
  owed_.clear();
}

void Network::take_reading(model::PointHandle point) {
  const auto cell = static_cast<CellId>(model::index(point));
  const auto& reading = points_.newest(point);
  const auto number = model::as_number(reading.value);
  const bool fit = !model::is_bad(reading.quality) && reading.quality != model::Quality::uncertain_initial_value &&
                   number && std::isfinite(*number);
  Output out;
  out.stamp = base::to_us(reading.at);
  out.quality = reading.quality;
  out.value = fit ? *number : 0;
  if (fit) out.good_until = max_age_[cell] > 0 ? out.stamp + max_age_[cell] : Cell::kForever;
  put(cell, out);
  const bool ends = out.good_until != Cell::kBad && out.good_until != Cell::kForever && out.good_until >= now_;
  const bool used = runs_begin_[cell] != runs_begin_[cell + 1] || users_begin_[cell] != users_begin_[cell + 1];
  const auto deadline = static_cast<std::uint32_t>(steps_.size() + cell);
  if (ends && used) {
    deadlines_.lower(deadline, to_time(out.good_until + 1));
  } else {
    deadlines_.set(deadline, std::nullopt);
  }
}

void Network::put(CellId cell, const Output& out) {
  Cell& known = cells_[cell];
  const bool usable = out.good_until >= now_;
  const bool changed =
      usable != (seen_usable_[cell] != 0) || (usable && known.value != out.value) || qualities_[cell] != out.quality;
  known = {out.value, out.good_until};
  stamps_[cell] = std::max(stamps_[cell], out.stamp);
  qualities_[cell] = out.quality;
  seen_usable_[cell] = usable ? 1 : 0;
  touch(cell, changed);
}

void Network::touch(CellId cell, bool changed) {
  for (auto i = runs_begin_[cell]; i < runs_begin_[cell + 1]; ++i) queue(runs_[i]);
  if (!changed) return;
  for (auto i = users_begin_[cell]; i < users_begin_[cell + 1]; ++i) {
    const auto user = users_[i];
    if (user_round_[user] == round_) continue;
    user_round_[user] = round_;
    changed_.push_back(user);
  }
}

void Network::queue(std::uint32_t step) {
  if (step_round_[step] == round_) return;
  step_round_[step] = round_;
  queue_.push_back(step);
  std::ranges::push_heap(queue_, std::greater<>{});
}

void Network::take_due() {
  while (const auto due = deadlines_.due(to_time(now_))) {
    if (*due < steps_.size()) {
      const Step& step = steps_[*due];
      const auto next = step.kind == StepKind::feature ? features_[step.index].next : now_;
      if (next > now_) {  // it has run since
        deadlines_.set(*due, next == FeatureOutput::kNever ? std::nullopt : std::optional(to_time(next)));
        continue;
      }
      deadlines_.set(*due, std::nullopt);
      queue(*due);
      continue;
    }
    const auto cell = static_cast<CellId>(*due - steps_.size());
    const auto good_until = cells_[cell].good_until;
    if (good_until != Cell::kBad && good_until >= now_) {
      deadlines_.set(*due, to_time(good_until + 1));
      continue;
    }
    deadlines_.set(*due, std::nullopt);
    if (seen_usable_[cell] == 0) continue;
    seen_usable_[cell] = 0;
    touch(cell, true);
  }
}

void Network::run(std::vector<model::Reading>& derived) {
  while (!queue_.empty()) {
    std::ranges::pop_heap(queue_, std::greater<>{});
    const auto step = queue_.back();
    queue_.pop_back();
    run_step(step, derived);
  }
}

void Network::run_step(std::uint32_t step, std::vector<model::Reading>& derived) {
  switch (steps_[step].kind) {
    case StepKind::feature: return run_feature(step, features_[steps_[step].index]);
    case StepKind::member: return run_member(members_[steps_[step].index]);
    case StepKind::aggregate: return run_aggregate(aggregates_[steps_[step].index]);
    case StepKind::trace: return run_trace(traces_[steps_[step].index]);
    case StepKind::record: return run_record(step, records_[steps_[step].index], derived);
  }
}

// As good as the worst of what can be used, as long as all of that can; as new as the newest.
Network::Output Network::over(std::span<const CellId> cells) const {
  Output out;
  out.good_until = Cell::kForever;
  out.quality = model::Quality::good;
  for (const auto id : cells) {
    out.stamp = std::max(out.stamp, stamps_[id]);
    if (!cells_[id].usable(now_)) continue;
    out.good_until = std::min(out.good_until, cells_[id].good_until);
    out.quality = model::worst(out.quality, qualities_[id]);
  }
  return out;
}

void Network::run_feature(std::uint32_t step, FeatureNode& node) {
  const std::uint32_t* const places = places_.data() + node.places;
  const auto& arguments = node.spec->arguments;
  if (arguments.size() == 1 && !arguments.front().program) {  // nearly all
    const CellId from = places[arguments.front().operand];
    const Result argument{cells_[from].value, cells_[from].usable(now_)};
    FeatureInput in;
    in.arguments = {&argument, 1};
    return finish_feature(step, node, in, over({&from, 1}));
  }
  run_wide(step, node, places);
}

void Network::run_wide(std::uint32_t step, FeatureNode& node, const std::uint32_t* places) {
  std::array<Result, kMostArguments> arguments;
  std::array<CellId, kMostArguments> operands{};
  std::size_t count = 0;
  for (const auto& argument : node.spec->arguments) {
    if (argument.program) {
      arguments[count++] = argument.program->run(cells_.data(), places, now_);
    } else {
      const Cell& cell = cells_[places[argument.operand]];
      arguments[count++] = {cell.value, cell.usable(now_)};
    }
  }
  std::size_t used = 0;
  for (const auto operand : node.spec->operands) {
    if (used < operands.size()) operands[used++] = places[operand];
  }
  FeatureInput in;
  in.arguments = {arguments.data(), count};
  finish_feature(step, node, in, over({operands.data(), used}));
}

void Network::finish_feature(std::uint32_t step, FeatureNode& node, FeatureInput& in, Output out) {
  in.now = now_;
  in.stamp = out.stamp;
  in.fresh = out.stamp > stamps_[node.cell];
  in.frozen = frozen_[node.learner] != 0;
  if (node.feature->asks_date()) {
    if (!date_asked_) date_ = time_.at(to_time(now_));
    date_asked_ = true;
    in.date = date_;
  }
  const FeatureOutput result = node.feature->run(in);
  if (result.known && node.feature->outlives_arguments()) out.good_until = Cell::kForever;
  out.value = result.value;
  if (!result.known) out.good_until = Cell::kBad;
  node.next = result.next;
  if (result.next != FeatureOutput::kNever) deadlines_.lower(step, to_time(result.next));
  put(node.cell, out);
}

void Network::run_member(MemberNode& node) {
  const std::uint32_t* const places = places_.data() + node.places;
  const Result result = node.program->run(cells_.data(), places, now_);
  Output out = over({places, node.operands});
  out.value = result.value;
  if (!result.known) out.good_until = Cell::kBad;
  put(node.cell, out);
}

// The cursor stands on the first member whose sample is missing: looking again costs one comparison.
bool Network::all_came(Round& round) {
  // What was never heard of is not bad yet: at the start it is waited for.
  const auto came = [this, &round](CellId cell) {
    return stamps_[cell] > round.ran || (stamps_[cell] != Cell::kBad && !cells_[cell].usable(now_));
  };
  while (round.waited < round.count && came(members_of_[round.first + round.waited])) ++round.waited;
  return round.waited == round.count;
}

void Network::run_aggregate(AggregateNode& node) {
  if (node.waits && !all_came(node.round)) return;
  node.round.waited = 0;
  const std::span<const CellId> members{members_of_.data() + node.round.first, node.round.count};
  Gathered gathered(node.spec->aggregation, node.spec->of_truths);
  std::size_t known = 0;
  for (const auto member : members) {
    if (!cells_[member].usable(now_)) continue;
    gathered.add(cells_[member].value);
    ++known;
  }
  Output out = over(members);
  node.round.ran = out.stamp;
  // Fewer than half say too little of the whole; some missing makes it uncertain.
  if (known == 0 || known * 2 < members.size()) {
    out.good_until = Cell::kBad;
  } else {
    out.value = gathered.value();
    if (known < members.size()) out.quality = model::worst(out.quality, model::Quality::uncertain_sub_normal);
  }
  put(node.cell, out);
}

// Of each zone its value; one whose sensor says that it is dead is minus infinity, any other without a value NaN.
std::size_t Network::take_zones(TraceNode& node) const {
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < node.round.count; ++i) {
    const CellId cell = members_of_[node.round.first + i];
    const bool usable = cells_[cell].usable(now_);
    const bool dead = qualities_[members_of_[node.zones + i]] == model::Quality::bad_sensor_failure;
    double value = std::numeric_limits<double>::quiet_NaN();
    if (usable) value = cells_[cell].value;
    if (!usable && dead) value = -std::numeric_limits<double>::infinity();
    node.values[i] = value;
    known += usable ? 1U : 0U;
  }
  return known;
}

// The detector takes whole traces, and not all of them; in between its answers go on.
void Network::run_trace(TraceNode& node) {
  if (!all_came(node.round)) return;
  node.round.waited = 0;
  const std::span<const CellId> members{members_of_.data() + node.round.first, node.round.count};
  Output out = over(members);
  node.round.ran = out.stamp;
  const auto known = take_zones(node);
  const auto unread =
      static_cast<std::size_t>(std::ranges::count_if(node.values, [](double v) { return std::isnan(v); }));
  const bool silent = unread == members.size();
  const bool due = node.taken == Cell::kBad || out.stamp >= node.taken + node.pause;
  if (due && !silent) {
    node.fibre->take({to_time(out.stamp), std::nullopt, frozen_[node.learner] != 0}, node.values);
    node.taken = out.stamp;
  }
  if (known < members.size()) out.quality = model::worst(out.quality, model::Quality::uncertain_sub_normal);
  // Dead zones say something too; nothing that was not read does.
  if (known == 0 && !silent) out.good_until = Cell::kForever;
  for (std::size_t i = 0; i < node.cells.size(); ++i) {
    const auto function = TraceNode::kOfFibre.at(i);
    const bool of_break = function == FunctionId::fibre_broken || function == FunctionId::fibre_break;
    const auto answer = node.fibre->answer(function);
    const bool enough = of_break ? unread * 2 <= members.size() : known * 2 >= members.size();
    Output one = out;
    one.value = answer.value_or(0);
    if (!answer || !enough || silent) one.good_until = Cell::kBad;
    put(node.cells.at(i), one);
  }
}

void Network::run_record(std::uint32_t step, RecordNode& node, std::vector<model::Reading>& derived) {
  if (now_ < node.not_before) {
    deadlines_.lower(step, to_time(node.not_before));
    return;
  }
  if (node.interval > 0) node.not_before = now_ + node.interval;
  ++node.runs;
  const std::uint32_t* const places = places_.data() + node.places;
  const Result result = node.program->run(cells_.data(), places, now_);
  const Output out = over({places, node.operands});
  model::Reading reading{node.point, {}, out.quality, to_time(now_)};
  if (!result.known) {
    reading.quality = model::Quality::bad;
  } else {
    reading.value = result.value;
    const bool outside =
        (node.valid_min && result.value < *node.valid_min) || (node.valid_max && result.value > *node.valid_max);
    if (outside) reading.quality = model::worst(reading.quality, model::Quality::uncertain_range_exceeded);
  }
  points_.apply(reading);
  derived.push_back(reading);
  take_reading(node.point);
}

void Network::sort_changed_users() { std::ranges::sort(changed_); }

void Network::offenders(CellId aggregate, std::size_t most, std::vector<model::PointHandle>& out) const {
  const auto found = std::ranges::find(aggregates_, aggregate, &AggregateNode::cell);
  if (found == aggregates_.end()) return zone_of_peak(aggregate, out);
  const std::span<const CellId> members{members_of_.data() + found->round.first, found->round.count};
  for (const bool of_all : {false, true}) {
    for (const auto member : members) {
      if (out.size() >= most) return;
      const bool counts = found->spec->of_truths && cells_[member].usable(now_) && cells_[member].value != 0;
      if (!of_all && !counts) continue;
      const auto node = std::ranges::find(members_, member, &MemberNode::cell);
      const auto cell = node == members_.end() ? member : places_[node->places];
      if (cell < points_.size()) out.push_back(model::PointHandle{cell});
    }
    if (!out.empty()) return;
  }
}

void Network::zone_of_peak(CellId cell, std::vector<model::PointHandle>& out) const {
  for (const auto& node : traces_) {
    if (std::ranges::find(node.cells, cell) == node.cells.end()) continue;
    const auto zone = node.fibre->zone();
    const model::PointHandle point{members_of_[node.zones + zone.value_or(0)]};
    if (std::ranges::find(out, point) == out.end()) out.push_back(point);
  }
}

void Network::freeze(std::uint32_t user, bool frozen) {
  for (auto i = watched_begin_[user]; i < watched_begin_[user + 1]; ++i) {
    auto& count = frozen_[watched_[i]];
    if (frozen) {
      ++count;
    } else if (count > 0) {
      --count;
    }
  }
}

std::size_t Network::bytes() const {
  std::size_t out =
      cells_.capacity() * (sizeof(Cell) + sizeof(std::int64_t) + sizeof(model::Quality) + 1) +
      (places_.capacity() + members_of_.capacity() + runs_.capacity() + runs_begin_.capacity() + users_.capacity() +
       users_begin_.capacity() + step_round_.capacity() + user_round_.capacity() + queue_.capacity() +
       changed_.capacity() + watched_.capacity() + watched_begin_.capacity() + frozen_.capacity()) *
          sizeof(std::uint32_t) +
      features_.capacity() * sizeof(FeatureNode) + members_.capacity() * sizeof(MemberNode) +
      aggregates_.capacity() * sizeof(AggregateNode) + records_.capacity() * sizeof(RecordNode) +
      steps_.capacity() * sizeof(Step) + deadlines_.bytes();
  for (const auto& node : features_) out += node.feature->bytes();
  for (const auto& node : traces_) {
    out += sizeof(TraceNode) + node.fibre->bytes() + node.values.capacity() * sizeof(double);
  }
  return out;
}

}  // namespace wayside::rules
