#include "rules/network_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "rules/features/clock.hpp"
#include "rules/features/learned.hpp"
#include "rules/features/windows.hpp"

namespace wayside::rules {
namespace {

constexpr std::int64_t kPeriodsUntilStale = 3;
constexpr double kMicroseconds = 1e6;
constexpr std::size_t kLinkBytes = sizeof(std::uint32_t);  // an entry of places, members, runs, users
// A cell with its stamp, quality and mark, and where its runs and users begin.
constexpr std::size_t kCellBytes = sizeof(Cell) + sizeof(std::int64_t) + sizeof(model::Quality) + 1 + 2 * kLinkBytes;

double seconds(std::chrono::microseconds t) { return static_cast<double>(t.count()) / kMicroseconds; }

// Pairs (from, to) as two arrays: where the `to` of each `from` begin, and these, ascending.
void index_pairs(std::vector<std::pair<CellId, std::uint32_t>>& pairs, std::size_t cells,
                 std::vector<std::uint32_t>& begin, std::vector<std::uint32_t>& to) {
  std::ranges::sort(pairs);
  const auto twins = std::ranges::unique(pairs);
  pairs.erase(twins.begin(), twins.end());
  begin.assign(cells + 1, 0);
  for (const auto& pair : pairs) ++begin[pair.first + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  to.clear();
  to.reserve(pairs.size());
  for (const auto& pair : pairs) to.push_back(pair.second);
}

// NaN when the text is not one number.
double number_in(const std::string& text) {
  double out = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, out);
  return ec == std::errc{} && stop == end ? out : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

NetworkBuilder::NetworkBuilder(model::PointTable& points, const SiteTime& time, std::optional<model::Position> position)
    : points_(points), position_(position), network_(std::make_unique<Network>(points, time)) {
  for (const auto& info : points.infos()) {
    new_cell(seconds(info.period));
    network_->max_age_.push_back(info.period.count() * kPeriodsUntilStale);
  }
  spent_ = {};  // points are there without rules
}

CellId NetworkBuilder::new_cell(double period_s) {
  network_->cells_.push_back({});
  network_->stamps_.push_back(Cell::kBad);
  network_->qualities_.push_back(model::Quality::uncertain_initial_value);
  network_->seen_usable_.push_back(0);
  period_s_.push_back(period_s);
  leaves_.emplace_back();
  learners_.emplace_back();
  spent_.bytes += kCellBytes;
  return static_cast<CellId>(network_->cells_.size() - 1);
}

CellId NetworkBuilder::constant(double value) {
  const auto [found, fresh] = constants_.try_emplace(value, 0);
  if (fresh) {
    found->second = new_cell(0);
    network_->cells_[found->second] = {value, Cell::kForever};
    network_->seen_usable_[found->second] = 1;
    network_->qualities_[found->second] = model::Quality::good;
  }
  return found->second;
}

std::uint32_t NetworkBuilder::add_step(Network::StepKind kind, std::size_t index) {
  network_->steps_.push_back({kind, static_cast<std::uint32_t>(index)});
  ++spent_.steps;
  spent_.bytes += sizeof(Network::Step) + 2 * kLinkBytes + Deadlines(1).bytes();
  return static_cast<std::uint32_t>(network_->steps_.size() - 1);
}

void NetworkBuilder::run_with(CellId cell, std::uint32_t step) {
  runs_.emplace_back(cell, step);
  spent_.bytes += kLinkBytes;
}

void NetworkBuilder::spend(CellId cell, std::size_t bytes) {
  spent_.bytes += bytes;
  made_.emplace(cell, bytes);
}

CellId NetworkBuilder::reuse(CellId cell) {
  const auto found = earlier_.find(cell);
  if (found != earlier_.end() && reused_.insert(cell).second) spent_.shared_bytes += found->second;
  return cell;
}

NetworkBuilder::Spent NetworkBuilder::take_spent() {
  bytes_ += spent_.bytes;
  earlier_.merge(made_);
  made_.clear();
  reused_.clear();
  return std::exchange(spent_, {});
}

std::uint32_t NetworkBuilder::add_instance(const Parts& parts, const std::vector<model::PointHandle>& points,
                                           const std::vector<double>& names,
                                           const std::vector<Aggregated>& aggregates) {
  // Cells of aggregations come first: making one adds places of its own.
  std::vector<CellId> aggregated;
  aggregated.reserve(aggregates.size());
  for (const auto& one : aggregates) aggregated.push_back(aggregate(one));
  const auto begin = static_cast<std::uint32_t>(network_->places_.size());
  auto& places = network_->places_;
  for (const auto point : points) places.push_back(static_cast<CellId>(model::index(point)));
  for (const double value : names) places.push_back(constant(value));
  places.insert(places.end(), aggregated.begin(), aggregated.end());
  for (const auto& spec : parts.features) {
    const CellId cell = feature(spec, begin);
    places.push_back(cell);
  }
  spent_.bytes += (places.size() - begin) * kLinkBytes;
  return begin;
}

CellId NetworkBuilder::aggregate(const Aggregated& aggregated) {
  std::string key = aggregated.spec->shared;
  std::vector<CellId> cells;
  for (const auto& one : aggregated.members) cells.push_back(member(*aggregated.spec, one));
  if (aggregated.spec->function != nullptr) return fibre(aggregated, cells);
  for (const auto cell : cells) key += fmt::format(" {}", cell);
  const auto [found, fresh] = shared_.try_emplace(std::move(key), 0);
  if (!fresh) return reuse(found->second);

  std::set<model::DeviceId> devices;
  double period = 0;
  std::vector<CellId> leaves;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (const auto point : aggregated.members[i].points) {
      devices.insert(points_.info(point).device);
      leaves.push_back(static_cast<CellId>(model::index(point)));
    }
    period = std::max(period, period_s_[cells[i]]);
  }
  const CellId cell = new_cell(period);
  leaves_[cell] = std::move(leaves);
  Network::AggregateNode node;
  node.spec = aggregated.spec;
  node.cell = cell;
  node.round.first = static_cast<std::uint32_t>(network_->members_of_.size());
  node.round.count = static_cast<std::uint32_t>(cells.size());
  node.waits = devices.size() > 1;
  network_->members_of_.insert(network_->members_of_.end(), cells.begin(), cells.end());
  network_->aggregates_.push_back(node);
  const auto step = add_step(Network::StepKind::aggregate, network_->aggregates_.size() - 1);
  for (const auto one : cells) {
    run_with(one, step);
    learn_from(cell, one);
  }
  spend(cell, sizeof(node) + cells.size() * kLinkBytes);
  return found->second = cell;
}

std::vector<double> NetworkBuilder::metres_of(const Aggregated& aggregated, const model::PointTable& points) {
  std::vector<double> out;
  for (const auto& member : aggregated.members) {
    const auto& labels = points.info(member.home).labels;
    const auto found = labels.find("metre");
    out.push_back(found == labels.end() ? std::numeric_limits<double>::quiet_NaN() : number_in(found->second));
  }
  return out;
}

// All functions of one fibre are answers of one step.
CellId NetworkBuilder::fibre(const Aggregated& aggregated, const std::vector<CellId>& members) {
  const auto& spec = *aggregated.spec;
  std::string key = spec.shared;
  for (const auto cell : members) key += fmt::format(" {}", cell);
  const auto [found, fresh] = fibres_.try_emplace(key, network_->traces_.size());
  if (fresh) {
    auto& network = *network_;
    Network::TraceNode node;
    node.fibre = std::make_unique<FibreTrace>(spec, metres_of(aggregated, points_));
    node.round.count = static_cast<std::uint32_t>(members.size());
    node.round.first = static_cast<std::uint32_t>(network.members_of_.size());
    network.members_of_.insert(network.members_of_.end(), members.begin(), members.end());
    node.zones = static_cast<std::uint32_t>(network.members_of_.size());
    node.values.resize(members.size());
    node.learner = add_learner();
    double period = 0;
    std::string points;
    for (const auto& member : aggregated.members) {
      network.members_of_.push_back(static_cast<CellId>(model::index(member.points.front())));
      const auto& info = points_.info(member.points.front());
      points += " " + model::point_id(info.device, info.name);
    }
    for (const auto cell : members) period = std::max(period, period_s_[cell]);
    // Half a period early is in time: readings come a little sooner or later.
    node.pause = static_cast<std::int64_t>((spec.constants.front() - period / 2) * kMicroseconds);
    for (auto& cell : node.cells) {
      cell = new_cell(period);
      for (const auto one : members) learn_from(cell, one);
      learners_[cell].push_back(node.learner);
    }
    // The names of up to 900 zones are not kept as a key.
    const auto& first = points_.info(aggregated.members.front().points.front());
    network.learned_.push_back(
        {fmt::format("{} of {} and {} more, {}", spec.shared, model::point_id(first.device, first.name),
                     members.size() - 1, base::to_hex(base::fnv1a(base::as_bytes(points)))),
         node.fibre.get(),
         nullptr,
         {}});
    const auto bytes = sizeof(node) + node.fibre->bytes() + members.size() * (sizeof(double) + 2 * kLinkBytes);
    spend(node.cells.front(), bytes);
    network.traces_.push_back(std::move(node));
    const auto step = add_step(Network::StepKind::trace, network.traces_.size() - 1);
    for (const auto one : members) run_with(one, step);
  }
  const auto& cells = network_->traces_[found->second].cells;
  if (!fresh) reuse(cells.front());
  const auto& functions = Network::TraceNode::kOfFibre;
  const auto place = std::ranges::find(functions, spec.function->id) - functions.begin();
  return cells.at(static_cast<std::size_t>(place));
}

std::uint32_t NetworkBuilder::add_learner() {
  network_->frozen_.push_back(0);
  return static_cast<std::uint32_t>(network_->frozen_.size() - 1);
}

void NetworkBuilder::learn_from(CellId cell, CellId from) {
  const auto more = learners_[from];
  auto& known = learners_[cell];
  for (const auto learner : more) {
    if (std::ranges::find(known, learner) == known.end()) known.push_back(learner);
  }
}

CellId NetworkBuilder::member(const AggregateSpec& spec, const Member& member) {
  const Formula& inner = *spec.inner;
  if (spec.direct) return static_cast<CellId>(model::index(member.points.front()));
  std::vector<double> names;
  for (const auto& name : inner.parts.names) {
    double number = std::numeric_limits<double>::quiet_NaN();  // a value it does not have: equal to nothing
    for (const auto& [value, text] : points_.info(member.points[name.reference]).values) {
      if (text == name.text) number = static_cast<double>(value);
    }
    names.push_back(number);
  }
  std::string key = spec.shared + " member";
  for (const auto point : member.points) key += fmt::format(" {}", model::index(point));
  const auto [found, fresh] = shared_.try_emplace(std::move(key), 0);
  if (!fresh) return reuse(found->second);
  const auto places = add_instance(inner.parts, member.points, names, {});
  double period = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < inner.parts.cells(); ++i) {
    period = std::min(period, period_s_[network_->places_[places + i]]);
  }
  const CellId cell = new_cell(period);
  network_->members_.push_back({&spec, &inner.program, static_cast<std::uint32_t>(inner.parts.cells()), places, cell});
  const auto step = add_step(Network::StepKind::member, network_->members_.size() - 1);
  for (std::size_t i = 0; i < inner.parts.cells(); ++i) {
    run_with(network_->places_[places + i], step);
    learn_from(cell, network_->places_[places + i]);
  }
  spend(cell, sizeof(Network::MemberNode));
  return found->second = cell;
}

CellId NetworkBuilder::feature(const FeatureSpec& spec, std::uint32_t places) {
  std::string key = spec.text;
  double period = std::numeric_limits<double>::infinity();
  for (const auto operand : spec.operands) {
    const CellId cell = network_->places_[places + operand];
    key += fmt::format(" {}", cell);
    if (period_s_[cell] > 0) period = std::min(period, period_s_[cell]);
  }
  if (!std::isfinite(period)) period = 0;
  const auto [found, fresh] = shared_.try_emplace(std::move(key), 0);
  if (!fresh) return reuse(found->second);

  const CellId cell = new_cell(period);
  Network::FeatureNode node;
  node.feature = make(spec, period);
  node.spec = &spec;
  node.places = places;
  node.cell = cell;
  for (const auto operand : spec.operands) {
    const CellId from = network_->places_[places + operand];
    if (from < points_.size()) leaves_[cell].push_back(from);
    leaves_[cell].insert(leaves_[cell].end(), leaves_[from].begin(), leaves_[from].end());
    learn_from(cell, from);
  }
  if (spec.function->kind == FunctionKind::detector) learners_[cell].push_back(node.learner = add_learner());
  if (node.feature->learns()) learn(spec, places, *node.feature);
  spend(cell, sizeof(node) + node.feature->bytes());
  network_->features_.push_back(std::move(node));
  const auto step = add_step(Network::StepKind::feature, network_->features_.size() - 1);
  for (const auto operand : spec.operands) run_with(network_->places_[places + operand], step);
  return found->second = cell;
}

std::unique_ptr<Feature> NetworkBuilder::make(const FeatureSpec& spec, double period_s) {
  switch (spec.function->kind) {
    case FunctionKind::plain:
    case FunctionKind::fibre: break;
    case FunctionKind::clock: return make_clock(spec, position_);
    case FunctionKind::detector: return make_learned(spec);
    case FunctionKind::window: {
      const bool timed = spec.function->id != FunctionId::n_of_m && spec.function->id != FunctionId::stale;
      const auto capacity = timed ? window_capacity(spec.constants.back(), period_s) : 0;
      if (capacity <= kMostWindowSamples) return make_window(spec, capacity);
      too_long_.emplace_back(&spec, fmt::format("{} holds {} samples, at most {}: make the window shorter, or average "
                                                "with a recording rule that has an interval",
                                                spec.text, capacity, kMostWindowSamples));
      return make_window(spec, 2);
    }
  }
  return nullptr;
}

void NetworkBuilder::learn(const FeatureSpec& spec, std::uint32_t places, Feature& feature) {
  std::vector<std::string> points;
  std::vector<model::PointHandle> handles;
  for (const auto operand : spec.operands) {
    const CellId from = network_->places_[places + operand];
    const auto add = [&](CellId cell) {
      const auto& info = points_.info(model::PointHandle{cell});
      points.push_back(model::point_id(info.device, info.name));
      handles.push_back(model::PointHandle{cell});
    };
    if (from < points_.size()) add(from);
    for (const auto leaf : leaves_[from]) add(leaf);
  }
  network_->learned_.push_back(
      {fmt::format("{} of {}", spec.text, fmt::join(points, " ")), &feature, &spec, std::move(handles)});
}

void NetworkBuilder::add_record(const Rule& rule, std::uint32_t places, model::PointHandle point) {
  Network::RecordNode node;
  node.program = &rule.condition;
  node.operands = static_cast<std::uint32_t>(rule.parts.cells());
  node.places = places;
  node.point = point;
  node.interval = rule.spec.interval.count();
  node.valid_min = rule.spec.recorded->valid_min;
  node.valid_max = rule.spec.recorded->valid_max;
  network_->records_.push_back(node);
  const auto step = add_step(Network::StepKind::record, network_->records_.size() - 1);
  spent_.bytes += sizeof(node);
  const auto own = static_cast<CellId>(model::index(point));
  for (std::size_t i = 0; i < rule.parts.cells(); ++i) {
    run_with(network_->places_[places + i], step);
    learn_from(own, network_->places_[places + i]);
  }
}

void NetworkBuilder::add_user(const Parts& parts, std::uint32_t places, std::uint32_t user) {
  for (std::size_t i = 0; i < parts.cells(); ++i) {
    const CellId cell = network_->places_[places + i];
    users_.emplace_back(cell, user);
    for (const auto learner : learners_[cell]) watched_.emplace_back(user, learner);
  }
  spent_.bytes += (parts.cells() + 2) * kLinkBytes;  // and what marks it as changed
}

std::unique_ptr<Network> NetworkBuilder::finish(std::uint32_t users) {
  Network& network = *network_;
  index_pairs(runs_, network.cells_.size(), network.runs_begin_, network.runs_);
  index_pairs(users_, network.cells_.size(), network.users_begin_, network.users_);
  index_pairs(watched_, users, network.watched_begin_, network.watched_);
  std::ranges::sort(network.learned_, {}, &Network::Learned::key);
  network.step_round_.assign(network.steps_.size(), 0);
  network.user_round_.assign(users, 0);
  network.queue_.reserve(network.steps_.size());
  network.changed_.reserve(users);
  network.deadlines_ = Deadlines(network.steps_.size() + points_.size());
  // Functions of the clock alone have no sample to wake them.
  for (std::uint32_t step = 0; step < network.steps_.size(); ++step) {
    const auto& [kind, index] = network.steps_[step];
    if (kind != Network::StepKind::feature) continue;
    auto& node = network.features_[index];
    const bool waits_for_nothing = node.spec->operands.empty() || node.feature->outlives_arguments();
    if (!waits_for_nothing) continue;
    node.next = Cell::kBad;
    network.deadlines_.set(step, base::from_us(0));
  }
  return std::move(network_);
}

}  // namespace wayside::rules
