#include "rules/engine.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace wayside::rules {
namespace {

std::optional<bool> negated(std::optional<bool> truth) {
  if (truth) return !*truth;
  return std::nullopt;
}

}  // namespace

Engine::Engine(EngineParts parts, const model::PointTable& points)
    : points_(points),
      rules_(std::move(parts.rules)),
      network_(std::move(parts.network)),
      inputs_(std::move(parts.inputs)),
      recording_(parts.recording),
      deadlines_(parts.instances.size()) {
  runs_.resize(rules_.size());
  instances_.reserve(parts.instances.size());
  scopes_.reserve(parts.instances.size());
  bool thins = false;
  for (auto& bound : parts.instances) {
    const auto position = static_cast<std::uint32_t>(instances_.size());
    Instance instance;
    instance.rule = bound.rule;
    instance.places = bound.places;
    instances_.push_back(instance);
    take_scope(bound.binding);
    thins = thins || rules_[bound.rule]->spec.interval.count() > 0;
    for (const auto parent : bound.parents) {
      instances_[parent].hides = true;
      children_[parent].push_back(position);
    }
    if (!bound.parents.empty()) parents_.emplace(position, std::move(bound.parents));
  }
  const auto learned = network_->learned();
  for (std::uint32_t i = 0; i < learned.size(); ++i) {
    if (learned[i].learner->shares()) sharing_.push_back(i);
  }
  if (thins) not_before_.assign(instances_.size(), std::numeric_limits<std::int64_t>::min());
  due_.reserve(instances_.size());
}

void Engine::take_scope(const Binding& binding) {
  if (!binding.group.empty()) groups_.emplace(static_cast<std::uint32_t>(scopes_.size()), binding.group);
  scopes_.push_back({name_of(binding.device.value), name_of(binding.instance), binding.home});
}

std::uint32_t Engine::name_of(const std::string& name) {
  const auto [found, fresh] = name_places_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.push_back(name);
  return found->second;
}

std::vector<RepairBinding> Engine::repairs() const {
  std::vector<RepairBinding> out;
  for (std::uint32_t position = 0; position < instances_.size(); ++position) {
    const Rule& rule = *rules_[instances_[position].rule];
    if (rule.spec.actions.empty()) continue;
    const auto about = subject(position);
    auto said = describe(rule, about, points_, Fillings{}, {});
    out.push_back({identity(position), about.device, about.instance, std::move(said.labels), std::move(said.place),
                   &rule.spec.actions});
  }
  return out;
}

Subject Engine::subject(std::uint32_t position) const {
  const Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  Subject out;
  out.device = model::DeviceId{names_[scopes_[position].device]};
  out.instance = names_[scopes_[position].instance];
  out.home = scopes_[position].home;
  const auto* const places = network_->places(instance.places);
  const auto& parts = rule.parts;
  for (std::size_t i = 0; i < parts.references.size(); ++i) out.points.push_back(model::PointHandle{places[i]});
  const auto first = parts.references.size() + parts.names.size();
  for (std::size_t i = 0; i < parts.aggregates.size(); ++i) {
    network_->offenders(places[first + i], kMostOffenders, out.points);
  }
  if (const auto group = groups_.find(position); group != groups_.end()) out.group = &group->second;
  return out;
}

std::string Engine::identity(std::uint32_t position) const {
  return alarm_identity(*rules_[instances_[position].rule], names_[scopes_[position].device],
                        names_[scopes_[position].instance]);
}

Verdict Engine::restore(std::span<const model::AlarmRecord> records, base::BootTime now) {
  network_->begin(now);
  Verdict out;
  for (const auto& record : records) {
    if (const auto position = find(record.alarm)) {
      restore_one(*position, record, now, out);
    } else if (record.state != model::AlarmState::normal) {
      auto removed = describe_removed(record, now);
      removed.count = record.count + 1;
      removed.from = record.state;
      removed.to = removed.live = model::AlarmState::normal;
      removed.cause = model::TransitionCause::removed;
      out.transitions.push_back(std::move(removed));
    }
  }
  return out;
}

void Engine::restore_one(std::uint32_t position, const model::AlarmRecord& record, base::BootTime now, Verdict& out) {
  Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  desk_.restore(position, instance.life, record);
  if (goes_on(record.rule_version, rule.version)) {
    if (instance.life.is_active()) active_changed(position);
    deadlines_.set(position, desk_.deadline(position, instance.life, rule.timing));
    return;
  }
  // It ends as what it was: nothing was read yet, and the rule of today never saw it.
  instance.life = AlarmLife{};
  if (record.state == model::AlarmState::normal) return;
  auto removed = describe_removed(record, now);
  removed.rule = rule.spec.id();
  removed.labels = describe(rule, subject(position), points_, {}, now).labels;
  desk_.count(position, instance.life, record.state, model::TransitionCause::removed, removed);
  out.transitions.push_back(std::move(removed));
}

Verdict Engine::on_readings(std::span<const model::PointHandle> changed, base::BootTime now) {
  Verdict out;
  network_->begin(now);
  for (const auto point : changed) network_->take_reading(point);
  finish_instant(out);
  return out;
}

std::optional<base::BootTime> Engine::next_timer() const {
  const auto mine = deadlines_.soonest();
  const auto theirs = network_->next_timer();
  if (!mine || !theirs) return mine ? mine : theirs;
  return std::min(*mine, *theirs);
}

Verdict Engine::on_timer(base::BootTime now) {
  Verdict out;
  network_->begin(now);
  finish_instant(out);
  return out;
}

// What was due by now belongs to this instant too, whether or not its timer came first.
void Engine::finish_instant(Verdict& out) {
  network_->take_due();
  network_->run(out.derived);
  due_.clear();
  while (const auto due = deadlines_.take_due(base::from_us(network_->now()))) due_.push_back(*due);
  judge_changed(out);
}

// Those whose cells changed and those in due_, in the order of the rules; then those that a parent hides or shows.
void Engine::judge_changed(Verdict& out) {
  const auto changed = network_->changed_users();
  if (due_.empty() && parents_.empty()) return judge_unordered(changed, out);
  network_->sort_changed_users();
  if (due_.empty()) {
    for (const auto position : changed) judge(position, out);
  } else {
    std::vector<std::uint32_t> all(due_);
    all.insert(all.end(), changed.begin(), changed.end());
    std::ranges::sort(all);
    const auto twins = std::ranges::unique(all);
    all.erase(twins.begin(), twins.end());
    due_.clear();
    for (const auto position : all) judge(position, out);
  }
  while (!due_.empty()) {
    std::vector<std::uint32_t> children;
    children.swap(due_);
    std::ranges::sort(children);
    for (const auto position : children) judge(position, out);
  }
}

// Where no alarm hides another it does not matter who is judged first; only what is told stands in the order of the
// rules.
void Engine::judge_unordered(std::span<const std::uint32_t> changed, Verdict& out) {
  order_.clear();
  for (const auto position : changed) {
    const auto before = out.transitions.size();
    judge(position, out);
    for (auto i = before; i < out.transitions.size(); ++i) order_.emplace_back(position, i);
  }
  if (order_.size() < 2 || std::ranges::is_sorted(order_)) return;
  std::ranges::sort(order_);
  std::vector<model::AlarmTransition> told;
  told.reserve(order_.size());
  for (const auto& [position, place] : order_) told.push_back(std::move(out.transitions[place]));
  out.transitions = std::move(told);
}

bool Engine::inputs_good(const Instance& instance) const {
  const auto* const places = network_->places(instance.places);
  return std::ranges::all_of(rules_[instance.rule]->good, [this, places](std::uint32_t reference) {
    return network_->usable(places[reference]) && model::is_good(network_->quality(places[reference]));
  });
}

Observation Engine::observe(const Instance& instance) const {
  const Rule& rule = *rules_[instance.rule];
  if (!rule.good.empty() && !inputs_good(instance)) return {};
  const auto* const places = network_->places(instance.places);
  const auto truth = rule.condition.run(network_->cells(), places, network_->now()).truth();
  Observation seen{truth, negated(truth)};
  // A clear condition decides alone, but not while the condition still holds: the alarm would come and go.
  if (rule.clear && instance.life.is_active() && !truth.value_or(false)) {
    seen.ending = rule.clear->run(network_->cells(), places, network_->now()).truth();
  }
  return seen;
}

void Engine::judge(std::uint32_t position, Verdict& out) {
  Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  const auto now = base::from_us(network_->now());
  if (!not_before_.empty() && rule.spec.interval.count() > 0) {
    if (network_->now() < not_before_[position]) {
      deadlines_.lower(position, base::from_us(not_before_[position]));
      return;
    }
    not_before_[position] = network_->now() + rule.spec.interval.count();
  }
  ++runs_[instance.rule].count;
  runs_[instance.rule].last = network_->now();
  Observation seen = observe(instance);
  // Nearly every sample of nearly every alarm ends here.
  if (parents_.empty() && !seen.condition.value_or(false) && instance.life.rests()) {
    instance.unknown = !seen.condition;
    return;
  }
  if (!parents_.empty()) {
    const auto parents = parents_.find(position);
    seen.suppressed = parents != parents_.end() && std::ranges::any_of(parents->second, [this](std::uint32_t parent) {
                        return instances_[parent].life.is_active();
                      });
  }
  instance.unknown = instance.life.is_active() ? !seen.ending : !seen.condition;
  for (;;) {
    const auto from = instance.life.shown();
    const bool was_active = instance.life.is_active();
    const auto cause = desk_.step(position, instance.life, rule.timing, seen, now);
    if (!cause) break;
    if (instance.life.is_active() != was_active) active_changed(position);
    out.transitions.push_back(transition(position, from, *cause));
  }
  deadlines_.set(position, desk_.deadline(position, instance.life, rule.timing));
}

void Engine::active_changed(std::uint32_t position) {
  const Instance& instance = instances_[position];
  network_->freeze(position, instance.life.is_active());
  if (!instance.hides) return;
  const auto& children = children_.find(position)->second;
  due_.insert(due_.end(), children.begin(), children.end());
}

Fillings Engine::fillings(std::uint32_t position) const {
  const Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  const auto number = [&](const Program& program) {
    return program.run(network_->cells(), network_->places(instance.places), network_->now()).number();
  };
  Fillings out;
  if (rule.shown) out.value = number(*rule.shown);
  for (const auto& program : rule.filled) out.results.push_back(number(program));
  return out;
}

model::AlarmTransition Engine::transition(std::uint32_t position, model::AlarmState from,
                                          model::TransitionCause cause) {
  const Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  auto made = describe(rule, subject(position), points_, fillings(position), base::from_us(network_->now()));
  if (cause == model::TransitionCause::escalated) made.escalated_to = rule.spec.escalate_to;
  desk_.count(position, instance.life, from, cause, made);
  return made;
}

std::vector<InstanceView> Engine::instances() const {
  std::vector<InstanceView> out;
  out.reserve(instances_.size());
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    out.push_back({identity(i), instances_[i].unknown, instances_[i].life.is_pending()});
  }
  return out;
}

std::optional<Baseline> Engine::next_baseline() {
  const auto learned = network_->learned();
  if (learned.empty()) return std::nullopt;
  const auto& one = learned[next_baseline_++ % learned.size()];
  base::ByteWriter out;
  one.learner->save(out);
  return Baseline{one.key, out.take()};
}

bool Engine::restore_baseline(const Baseline& baseline) {
  const auto learned = network_->learned();
  const auto found = std::ranges::lower_bound(learned, baseline.key, {}, &Network::Learned::key);
  if (found == learned.end() || found->key != baseline.key) return false;
  base::ByteReader in(baseline.state);
  return found->learner->load(in);
}

std::vector<SharingPlace> Engine::sharing_places() const {
  std::vector<SharingPlace> out;
  out.reserve(sharing_.size());
  for (const auto at : sharing_) {
    const auto& one = network_->learned()[at];
    SharingPlace place{{one.spec->text, {}, {}, {}}, one.points};
    for (const auto point : one.points) {
      const auto& info = points_.info(point);
      place.kind.metrics.push_back(info.metric);
      if (!place.kind.family.empty()) continue;
      if (const auto family = info.labels.find("family"); family != info.labels.end()) {
        place.kind.family = family->second;
        place.kind.profile = info.profile;
      }
    }
    out.push_back(std::move(place));
  }
  return out;
}

model::BaselineSummary Engine::share(std::size_t place) const {
  return network_->learned()[sharing_.at(place)].learner->share();
}

bool Engine::start_from(std::size_t place, const model::BaselineSummary& prior) {
  return network_->learned()[sharing_.at(place)].learner->start_from(prior);
}

std::size_t Engine::instance_bytes(bool has_interval) {
  return sizeof(Instance) + sizeof(Scope) + sizeof(std::uint32_t) + Deadlines(1).bytes() +
         (has_interval ? sizeof(std::int64_t) : 0);
}

std::size_t Engine::bytes() const {
  return network_->bytes() + instances_.capacity() * sizeof(Instance) + scopes_.capacity() * sizeof(Scope) +
         due_.capacity() * sizeof(std::uint32_t) + deadlines_.bytes() + sharing_.capacity() * sizeof(std::uint32_t) +
         not_before_.capacity() * sizeof(std::int64_t) + runs_.capacity() * sizeof(Runs);
}

}  // namespace wayside::rules
