#include "rules/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "rules/features/clock.hpp"
#include "rules/features/fibre_trace.hpp"
#include "rules/features/learned.hpp"
#include "rules/language/units.hpp"
#include "rules/nearest.hpp"

namespace wayside::rules {
namespace {

void collect_metrics(const Parts& parts, std::set<std::string>& out) {
  for (const auto& slot : parts.references) out.insert(slot.point.metric);
  for (const auto& aggregate : parts.aggregates) collect_metrics(aggregate.inner->parts, out);
}

// What is wrong with the constants of a call; empty: nothing.
std::string refusal(const FeatureSpec& spec, bool has_position) {
  const auto& c = spec.constants;
  switch (spec.function->id) {
    case FunctionId::quantile_over:
      if (c[0] < 0 || c[0] > 1) return "a quantile lies between 0 and 1";
      break;
    case FunctionId::n_of_m:
      if (c[0] < 1 || c[1] > 64 || c[0] > c[1] || c[0] != std::floor(c[0]) || c[1] != std::floor(c[1])) {
        return "n_of_m(condition, n, m) wants whole numbers, n from 1 to m and m up to 64";
      }
      break;
    case FunctionId::time_between:
      for (const auto& text : spec.texts) {
        if (!minute_of_day(text)) return fmt::format("\"{}\" is no time of day, write \"22:00\"", text);
      }
      break;
    case FunctionId::sun_elevation:
      if (!has_position) return "the position of the site is not known: give gateway.position in the config";
      break;
    default: break;
  }
  return spec.function->kind == FunctionKind::detector ? refuse_learned(spec) : std::string();
}

// Indices in an order in which each comes after those it needs; empty and `circle` filled when there is none.
std::vector<std::size_t> ordered(const std::vector<std::vector<std::size_t>>& needs, std::vector<std::size_t>& circle) {
  enum class Mark : std::uint8_t { fresh, open, done };
  std::vector<Mark> marks(needs.size(), Mark::fresh);
  std::vector<std::size_t> out;
  std::vector<std::size_t> path;
  const std::function<bool(std::size_t)> visit = [&](std::size_t i) {
    if (marks[i] == Mark::done) return true;
    path.push_back(i);
    if (marks[i] == Mark::open) return false;
    marks[i] = Mark::open;
    for (const auto need : needs[i]) {
      if (!visit(need)) return false;
    }
    marks[i] = Mark::done;
    path.pop_back();
    out.push_back(i);
    return true;
  };
  for (std::size_t i = 0; i < needs.size(); ++i) {
    if (visit(i)) continue;
    circle.assign(std::ranges::find(path, path.back()), path.end());
    return {};
  }
  return out;
}

template <class T>
void permute(std::vector<T>& items, const std::vector<std::size_t>& order) {
  std::vector<T> out;
  out.reserve(items.size());
  for (const auto i : order) out.push_back(std::move(items[i]));
  items = std::move(out);
}

}  // namespace

RuleSet::RuleSet(model::PointTable& points, Evaluator::Site site, std::vector<Problem>& problems)
    : points_(points), site_(std::move(site)), problems_(problems) {}

std::unique_ptr<Engine> RuleSet::compile(std::span<const model::RuleSpec> specs) {
  understand(specs);
  order_records();
  order_alerts();
  for (auto& bound : records_) {
    if (records_broken_) break;
    const auto before = problems_.size();
    bind(bound);
    if (problems_.size() == before) add_derived(bound);
    records_broken_ = problems_.size() != before;
  }
  // An alert that reads what a broken recording rule would have made has nothing to say of its own.
  if (records_broken_) return nullptr;
  for (auto& bound : alerts_) bind(bound);
  return problems_.empty() ? build() : nullptr;
}

void RuleSet::fail(const Rule& rule, bool in_clear, std::size_t offset, std::string what) {
  problems_.push_back(problem_at(rule.spec, in_clear, offset, std::move(what)));
}

void RuleSet::understand(std::span<const model::RuleSpec> specs) {
  std::set<std::string> ids;
  for (const auto& spec : specs) {
    if (!ids.insert(spec.id()).second) {
      problems_.push_back({spec.place, fmt::format("rule {} is given twice", spec.id())});
    }
    const auto before = problems_.size();
    auto rule = compile_rule(spec, problems_);
    if (rule) check_features(*rule, rule->parts);
    records_broken_ = records_broken_ || (spec.recorded && problems_.size() != before);
    if (!rule) {
      broken_.insert(spec.id());
      continue;
    }
    auto& list = rule->records() ? records_ : alerts_;
    Bound bound;
    bound.rule = std::make_unique<const Rule>(std::move(*rule));
    list.push_back(std::move(bound));
  }
}

void RuleSet::check_features(const Rule& rule, const Parts& parts) {
  for (const auto& spec : parts.features) {
    if (auto why = refusal(spec, site_.position.has_value()); !why.empty()) {
      fail(rule, spec.in_clear, spec.offset, std::move(why));
    }
  }
  for (const auto& aggregate : parts.aggregates) check_features(rule, aggregate.inner->parts);
}

void RuleSet::order_records() {
  std::vector<std::vector<std::size_t>> needs(records_.size());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    std::set<std::string> metrics;
    collect_metrics(records_[i].rule->parts, metrics);
    for (std::size_t j = 0; j < records_.size(); ++j) {
      if (metrics.contains(records_[j].rule->spec.name)) needs[i].push_back(j);
    }
  }
  std::vector<std::size_t> circle;
  const auto order = ordered(needs, circle);
  if (circle.empty()) return permute(records_, order);
  records_broken_ = true;
  std::vector<std::string> names;
  for (const auto i : circle) names.push_back(records_[i].rule->spec.id());
  const auto& first = records_[circle.front()].rule->spec;
  problems_.push_back({first.place, fmt::format("recording rules go in a circle: {}", fmt::join(names, " reads "))});
}

void RuleSet::order_alerts() {
  std::set<std::string> known;
  for (const auto& bound : alerts_) known.insert(bound.rule->spec.id());
  std::vector<std::vector<std::size_t>> needs(alerts_.size());
  for (std::size_t i = 0; i < alerts_.size(); ++i) {
    const auto& spec = alerts_[i].rule->spec;
    for (const auto& parent : spec.suppressed_by) {
      const auto id = parent.rule.find('/') == std::string::npos ? spec.group + "/" + parent.rule : parent.rule;
      const auto found = std::ranges::find(alerts_, id, [](const Bound& b) { return b.rule->spec.id(); });
      if (found != alerts_.end()) {
        needs[i].push_back(static_cast<std::size_t>(found - alerts_.begin()));
      } else if (!broken_.contains(id)) {
        problems_.push_back({parent.place, fmt::format("there is no alert {}{}", id, nearest_hint(id, known))});
      }
    }
  }
  std::vector<std::size_t> circle;
  const auto order = ordered(needs, circle);
  if (circle.empty()) return permute(alerts_, order);
  std::vector<std::string> names;
  for (const auto i : circle) names.push_back(alerts_[i].rule->spec.id());
  const auto& first = alerts_[circle.front()].rule->spec;
  problems_.push_back({first.place, fmt::format("alerts hide one another: {}", fmt::join(names, ", hidden by "))});
}

void RuleSet::bind(Bound& bound) {
  const Scopes scopes(points_);
  for (const auto& spec : bound.rule->parts.aggregates) {
    bound.members.push_back(find_members(spec, bound.rule->spec.match, scopes));
  }
  bound.bindings = bind_rule(*bound.rule, scopes, bound.members, site_.gateway, problems_);
  check(bound);
}

void RuleSet::check(Bound& bound) {
  const auto before = problems_.size();
  for (const auto& binding : bound.bindings) {
    check_unit(*bound.rule, binding);
    if (problems_.size() != before) return;
  }
  find_names(bound);
}

void RuleSet::check_unit(const Rule& rule, const Binding& binding) {
  const auto unit_of = [&](const PointReference& reference) -> std::optional<std::string> {
    for (std::size_t i = 0; i < rule.parts.references.size(); ++i) {
      if (rule.parts.references[i].point == reference) return points_.info(binding.points[i]).unit;
    }
    for (const auto& info : points_.infos()) {
      if (info.metric == reference.metric && matches(reference.labels, info)) return info.unit;
    }
    return std::nullopt;
  };
  if (auto found = check_units(*rule.tree, unit_of); found.error) {
    return fail(rule, false, found.error->offset, std::move(found.error->what));
  }
  if (!rule.clear_tree) return;
  if (auto found = check_units(*rule.clear_tree, unit_of); found.error) {
    fail(rule, true, found.error->offset, std::move(found.error->what));
  }
}

void RuleSet::find_names(Bound& bound) {
  const auto& parts = bound.rule->parts;
  for (const auto& binding : bound.bindings) {
    std::vector<double> numbers;
    for (const auto& name : parts.names) {
      const auto& info = points_.info(binding.points[name.reference]);
      const auto found = std::ranges::find(info.values, name.text, [](const auto& value) { return value.second; });
      if (found != info.values.end()) {
        numbers.push_back(static_cast<double>(found->first));
        continue;
      }
      std::set<std::string> known;
      for (const auto& [number, text] : info.values) known.insert(text);
      const auto id = model::point_id(info.device, info.name);
      return fail(*bound.rule, name.in_clear, name.offset,
                  known.empty()
                      ? fmt::format("the values of {} have no names, compare it with a number", id)
                      : fmt::format("{} has no value \"{}\", it has {}", id, name.text, fmt::join(known, ", ")));
    }
    bound.names.push_back(std::move(numbers));
  }
}

void RuleSet::add_derived(Bound& bound) {
  const auto& rule = *bound.rule;
  for (const auto& binding : bound.bindings) {
    auto info = derived_info(bound, binding);
    if (const auto twin = points_.find(info.device, info.name)) {
      problems_.push_back({rule.spec.place, fmt::format("{} has a point {} already ({})", info.device.value, info.name,
                                                        points_.info(*twin).source)});
      return;
    }
    bound.derived.push_back(points_.add(std::move(info)));
  }
}

model::PointInfo RuleSet::derived_info(const Bound& bound, const Binding& binding) const {
  const auto& spec = bound.rule->spec;
  const auto& home = points_.info(binding.home);
  model::PointInfo info;
  info.device = binding.device;
  info.name = binding.instance.empty() ? spec.name : binding.instance + "." + spec.name;
  info.metric = spec.name;
  info.labels = binding.group.empty() ? home.labels : binding.group;
  info.labels["device"] = binding.device.value;
  for (const auto& [label, value] : spec.labels) info.labels[label] = value;
  info.unit = spec.recorded->unit;
  info.meaning = spec.recorded->meaning;
  info.source = "rule " + spec.id();
  info.place = home.place;
  if (!spec.department.empty()) info.place.department = spec.department;
  info.valid_min = spec.recorded->valid_min;
  info.valid_max = spec.recorded->valid_max;
  info.derived = true;
  auto data_class = home.data_class;
  std::chrono::microseconds period{};
  const auto take = [&](model::PointHandle point) {
    const auto& input = points_.info(point);
    data_class = model::highest(data_class, input.data_class);
    if (input.period.count() > 0 && (period.count() == 0 || input.period < period)) period = input.period;
  };
  for (const auto point : binding.points) take(point);
  for (const auto& members : bound.members) {
    for (const auto& member : members) std::ranges::for_each(member.points, take);
  }
  info.data_class = spec.recorded->data_class.value_or(data_class);
  info.period = std::max(period, spec.interval);
  return info;
}

std::unique_ptr<Engine> RuleSet::build() {
  static const NoSiteTime kNoClock;
  NetworkBuilder builder(points_, site_.time != nullptr ? *site_.time : kNoClock, site_.position);
  EngineParts parts;
  if (!build_rules(builder, records_, parts) || !build_rules(builder, alerts_, parts)) {
    refuse_memory(false);
    return nullptr;
  }
  for (const auto& [spec, what] : builder.too_long()) {
    for (const auto* const list : {&records_, &alerts_}) {
      for (const auto& bound : *list) {
        const auto& features = bound.rule->parts.features;
        const bool mine = !features.empty() && spec >= features.data() && spec < features.data() + features.size();
        if (mine) fail(*bound.rule, spec->in_clear, spec->offset, what);
      }
    }
    if (problems_.empty()) {
      problems_.push_back({(alerts_.empty() ? records_ : alerts_).front().rule->spec.place, what});
    }
  }
  if (!problems_.empty()) return nullptr;
  link_parents(parts.instances, alerts_);
  parts.network = builder.finish(static_cast<std::uint32_t>(parts.instances.size()));
  parts.inputs = all_inputs();
  parts.recording = records_.size();
  // Programs and functions of recording rules are read by the network: they stay where they are.
  for (auto* const list : {&alerts_, &records_}) {
    for (auto& bound : *list) parts.rules.push_back(std::move(bound.rule));
  }
  auto engine = std::make_unique<Engine>(std::move(parts), points_);
  if (costs_.empty() || fits(engine->bytes())) return engine;
  refuse_memory(true);
  return nullptr;
}

std::vector<RuleCost> RuleSet::take_costs(std::span<const model::RuleSpec> specs) {
  std::map<std::string, std::size_t> order;
  for (const auto& spec : specs) order.emplace(spec.id(), order.size());
  std::ranges::sort(costs_, {}, [&order](const RuleCost& cost) { return order.at(cost.rule); });
  return std::move(costs_);
}

void RuleSet::refuse_memory(bool complete) {
  const auto biggest = std::ranges::max_element(costs_, {}, &RuleCost::bytes);
  problems_.push_back({biggest->place, too_much_memory(costs_, site_.memory, complete)});
}

bool RuleSet::build_rules(NetworkBuilder& builder, std::vector<Bound>& list, EngineParts& parts) {
  for (auto& bound : list) {
    const auto before = parts.instances.size();
    const auto built = build_rule(builder, bound, parts);
    const auto& spec = bound.rule->spec;
    const auto spent = builder.take_spent();
    const auto in_engine = (parts.instances.size() - before) * Engine::instance_bytes(spec.interval.count() > 0);
    costs_.push_back({spec.id(), spec.place, bound.rule->records(), what_it_reads(bound.rule->parts), built,
                      bound.rule->parts.cells(), spent.steps, spent.bytes + in_engine, spent.shared_bytes});
    if (built < bound.bindings.size()) return false;
  }
  return true;
}

std::size_t RuleSet::build_rule(NetworkBuilder& builder, Bound& bound, EngineParts& parts) {
  const Rule& rule = *bound.rule;
  for (std::size_t i = 0; i < bound.bindings.size(); ++i) {
    auto& binding = bound.bindings[i];
    std::vector<NetworkBuilder::Aggregated> aggregates;
    for (std::size_t a = 0; a < rule.parts.aggregates.size(); ++a) {
      const auto& spec = rule.parts.aggregates[a];
      std::vector<std::string> key;
      if (binding.group.empty()) {
        key = key_of(spec, binding.home, points_);
      } else {
        for (const auto& label : spec.by) key.push_back(binding.group.at(label));
      }
      NetworkBuilder::Aggregated aggregated{&spec, {}};
      for (const auto& member : bound.members[a]) {
        if (member.key == key) aggregated.members.push_back(member);
      }
      if (spec.function != nullptr) check_fibre(rule, aggregated);
      aggregates.push_back(std::move(aggregated));
    }
    if (!problems_.empty()) return bound.bindings.size();
    const auto places = builder.add_instance(rule.parts, binding.points, bound.names[i], aggregates);
    if (rule.records()) {
      builder.add_record(rule, places, bound.derived[i]);
    } else {
      builder.add_user(rule.parts, places, static_cast<std::uint32_t>(parts.instances.size()));
      const auto position = static_cast<std::uint32_t>(&bound - alerts_.data());
      parts.instances.push_back({position, places, binding, {}});
    }
    const auto in_engine = parts.instances.size() * Engine::instance_bytes(false);
    if (!fits(builder.bytes() + in_engine)) return i;
  }
  return bound.bindings.size();
}

void RuleSet::check_fibre(const Rule& rule, const NetworkBuilder::Aggregated& aggregated) {
  const auto& spec = *aggregated.spec;
  const auto metres = NetworkBuilder::metres_of(aggregated, points_);
  const auto bare = std::ranges::find_if(metres, [](double m) { return !std::isfinite(m); });
  if (bare == metres.end()) {
    if (auto why = refuse_fibre(spec, metres); !why.empty()) fail(rule, spec.in_clear, spec.offset, std::move(why));
    return;
  }
  const auto& info = points_.info(aggregated.members[static_cast<std::size_t>(bare - metres.begin())].home);
  fail(rule, spec.in_clear, spec.offset,
       fmt::format("where {} lies is not known: a zone along a fibre has a label metre",
                   model::point_id(info.device, info.name)));
}

void RuleSet::link_parents(std::vector<BoundInstance>& instances, const std::vector<Bound>& alerts) {
  const auto label_of = [this](const BoundInstance& instance, const std::string& label) -> std::string {
    if (label == "device") return instance.binding.device.value;
    if (const auto own = instance.binding.group.find(label); own != instance.binding.group.end()) return own->second;
    const auto& labels = points_.info(instance.binding.home).labels;
    const auto found = labels.find(label);
    return found == labels.end() ? "" : found->second;
  };
  for (auto& child : instances) {
    const auto& spec = alerts[child.rule].rule->spec;
    for (const auto& parent : spec.suppressed_by) {
      const auto id = parent.rule.find('/') == std::string::npos ? spec.group + "/" + parent.rule : parent.rule;
      const auto on = parent.on.empty() ? std::vector<std::string>{"device"} : parent.on;
      for (std::uint32_t i = 0; i < instances.size(); ++i) {
        if (alerts[instances[i].rule].rule->spec.id() != id) continue;
        const bool same = std::ranges::all_of(on, [&](const std::string& label) {
          const auto value = label_of(child, label);
          return !value.empty() && value == label_of(instances[i], label);
        });
        if (same) child.parents.push_back(i);
      }
    }
  }
}

std::vector<model::PointHandle> RuleSet::all_inputs() const {
  std::set<model::PointHandle> out;
  for (const auto* const list : {&records_, &alerts_}) {
    for (const auto& bound : *list) {
      for (const auto& binding : bound.bindings) out.insert(binding.points.begin(), binding.points.end());
      for (const auto& members : bound.members) {
        for (const auto& member : members) out.insert(member.points.begin(), member.points.end());
      }
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace wayside::rules
