// From one configuration to the next: what lives in a network, found again by what it means.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/bytes.hpp"
#include "rules/engine.hpp"
#include "rules/network.hpp"

namespace wayside::rules {
namespace {

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  // With its length: "ab" "c" is not "a" "bc".
  base::ByteWriter out;
  out.text(text);
  return base::fnv1a(out.take(), seed);
}

std::uint64_t hash(std::uint64_t number, std::uint64_t seed) {
  base::ByteWriter out;
  out.u64(number);
  return base::fnv1a(out.take(), seed);
}

enum Form : std::uint64_t { kPoint = 1, kConstant, kFeature, kMember, kAggregate, kTrace };

// All that reads_like() compares.
std::uint64_t meaning(const model::PointInfo& info) {
  auto out = hash(kPoint, 0xCBF29CE484222325U);
  for (const auto& text : {info.device.value, info.name, info.metric, info.unit, info.source}) out = hash(text, out);
  out = hash(static_cast<std::uint64_t>(info.period.count()), out);
  for (const auto& [number, name] : info.values) out = hash(name, hash(static_cast<std::uint64_t>(number), out));
  return hash(info.derived ? 1 : 0, out);
}

}  // namespace

std::vector<std::uint64_t> Network::meanings() const {
  std::vector<std::uint64_t> out(cells_.size());
  for (CellId cell = 0; cell < cells_.size(); ++cell) {
    if (cell < points_.size()) {
      out[cell] = meaning(points_.info(model::PointHandle{cell}));
    } else {  // what no step computes
      base::ByteWriter value;
      value.f64(cells_[cell].value);
      out[cell] = base::fnv1a(value.take(), hash(kConstant, 0));
    }
  }
  // A step reads only cells of lower ones.
  for (const auto& [kind, index] : steps_) {
    if (kind == StepKind::feature) {
      const auto& node = features_[index];
      auto key = hash(node.spec->text, hash(kFeature, 0));
      for (const auto operand : node.spec->operands) key = hash(out[places_[node.places + operand]], key);
      out[node.cell] = key;
    } else if (kind == StepKind::member) {
      const auto& node = members_[index];
      auto key = hash(node.spec->shared, hash(kMember, 0));
      for (std::uint32_t i = 0; i < node.operands; ++i) key = hash(out[places_[node.places + i]], key);
      out[node.cell] = key;
    } else if (kind == StepKind::aggregate) {
      const auto& node = aggregates_[index];
      auto key = hash(node.spec->shared, hash(kAggregate, 0));
      for (std::uint32_t i = 0; i < node.round.count; ++i) key = hash(out[members_of_[node.round.first + i]], key);
      out[node.cell] = key;
    } else if (kind == StepKind::trace) {
      const auto& node = traces_[index];
      auto key = hash(static_cast<std::uint64_t>(node.pause), hash(kTrace, 0));
      for (std::uint32_t i = 0; i < node.round.count; ++i) key = hash(out[members_of_[node.round.first + i]], key);
      for (std::uint32_t i = 0; i < node.cells.size(); ++i) out[node.cells.at(i)] = hash(i, key);
    }
  }
  return out;
}

void Network::adopt(Network& other) {
  std::unordered_map<std::uint64_t, CellId> there;
  const auto theirs = other.meanings();
  for (CellId cell = 0; cell < theirs.size(); ++cell) there.emplace(theirs[cell], cell);
  const auto mine = meanings();
  std::unordered_map<CellId, CellId> twin;  // theirs by mine
  for (CellId cell = 0; cell < mine.size(); ++cell) {
    const auto found = there.find(mine[cell]);
    if (found == there.end()) continue;
    twin.emplace(cell, found->second);
    cells_[cell] = other.cells_[found->second];
    stamps_[cell] = other.stamps_[found->second];
    qualities_[cell] = other.qualities_[found->second];
    seen_usable_[cell] = other.seen_usable_[found->second];
    const auto good_until = cells_[cell].good_until;
    const bool ends = good_until != Cell::kBad && good_until != Cell::kForever;
    if (cell < points_.size() && ends) {
      deadlines_.set(static_cast<std::uint32_t>(steps_.size() + cell), base::from_us(good_until + 1));
    }
  }
  std::unordered_map<CellId, Step> steps;  // theirs, by their cell
  for (const auto& step : other.steps_) {
    if (step.kind == StepKind::feature) steps.emplace(other.features_[step.index].cell, step);
    if (step.kind == StepKind::aggregate) steps.emplace(other.aggregates_[step.index].cell, step);
    if (step.kind == StepKind::trace) steps.emplace(other.traces_[step.index].cells.front(), step);
    if (step.kind == StepKind::record) steps.emplace(model::index(other.records_[step.index].point), step);
  }
  const auto from = [&](CellId cell, StepKind kind) -> const Step* {
    const auto same = twin.find(cell);
    if (same == twin.end()) return nullptr;
    const auto found = steps.find(same->second);
    return found == steps.end() || found->second.kind != kind ? nullptr : &found->second;
  };
  for (std::uint32_t i = 0; i < steps_.size(); ++i) {
    const auto& [kind, index] = steps_[i];
    if (kind == StepKind::feature) {
      if (const auto* step = from(features_[index].cell, kind)) {
        adopt_feature(i, features_[index], other.features_[step->index]);
      }
    } else if (kind == StepKind::aggregate) {
      auto& round = aggregates_[index].round;
      if (const auto* step = from(aggregates_[index].cell, kind)) {
        round.waited = other.aggregates_[step->index].round.waited;
        round.ran = other.aggregates_[step->index].round.ran;
      }
    } else if (kind == StepKind::trace) {
      if (const auto* step = from(traces_[index].cells.front(), kind)) {
        adopt_trace(traces_[index], other.traces_[step->index]);
      }
    } else if (kind == StepKind::record) {
      const auto* step = from(static_cast<CellId>(model::index(records_[index].point)), kind);
      if (step != nullptr) records_[index].not_before = other.records_[step->index].not_before;
    }
  }
}

void Network::adopt_feature(std::uint32_t step, FeatureNode& node, FeatureNode& from) {
  if (!from.feature) return;
  const Learner* const was = node.feature.get();
  for (auto& learned : learned_) {
    if (learned.learner == was) learned.learner = from.feature.get();
  }
  node.feature = std::move(from.feature);
  node.next = from.next;
  const bool waits = node.next != FeatureOutput::kNever;
  deadlines_.set(step, waits ? std::optional(base::from_us(std::max<std::int64_t>(node.next, 0))) : std::nullopt);
}

void Network::adopt_trace(TraceNode& node, TraceNode& from) {
  if (!from.fibre) return;
  const Learner* const was = node.fibre.get();
  for (auto& learned : learned_) {
    if (learned.learner == was) learned.learner = from.fibre.get();
  }
  node.fibre = std::move(from.fibre);
  node.round.waited = from.round.waited;
  node.round.ran = from.round.ran;
  node.taken = from.taken;
}

void Engine::adopt(Evaluator& other) {
  auto* const before = dynamic_cast<Engine*>(&other);
  if (before == nullptr) return;
  network_->adopt(*before->network_);
  std::unordered_map<std::string, std::uint32_t> there;
  for (std::uint32_t i = 0; i < before->instances_.size(); ++i) there.emplace(before->identity(i), i);
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    const auto found = there.find(identity(i));
    const auto& rule = *rules_[instances_[i].rule];
    const auto* const same = found == there.end() ? nullptr : &before->instances_[found->second];
    if (same == nullptr || rule.version != before->rules_[same->rule]->version) {
      network_->tell_next(i);  // what it reads may have been there for long, and may not change
      continue;
    }
    const auto& from = *same;
    instances_[i].life = from.life;
    instances_[i].unknown = from.unknown;
    deadlines_.set(i, desk_.deadline(i, instances_[i].life, rule.timing));
    if (!not_before_.empty() && !before->not_before_.empty()) not_before_[i] = before->not_before_[found->second];
  }
}

}  // namespace wayside::rules
