// Who stands on a point: for explanations, not for the way of the data.
#include <algorithm>

#include "rules/network.hpp"

namespace wayside::rules {

Network::Reach Network::reach(model::PointHandle point) const {
  Reach out;
  std::vector<CellId> cells{static_cast<CellId>(model::index(point))};
  for (std::size_t at = 0; at < cells.size(); ++at) {  // grows meanwhile
    const auto cell = cells[at];
    for (auto i = users_begin_[cell]; i < users_begin_[cell + 1]; ++i) {
      if (std::ranges::find(out.users, users_[i]) == out.users.end()) out.users.push_back(users_[i]);
    }
    for (auto i = runs_begin_[cell]; i < runs_begin_[cell + 1]; ++i) follow(steps_[runs_[i]], cells, out);
  }
  return out;
}

std::vector<Network::Recording> Network::recordings() const {
  std::vector<Recording> out;
  out.reserve(records_.size());
  for (const auto& node : records_) {
    // It gives a sample whenever it runs.
    const auto& newest = points_.newest(node.point);
    out.push_back({node.point, node.runs, node.runs == 0 ? Cell::kBad : base::to_us(newest.at)});
  }
  return out;
}

void Network::follow(const Step& step, std::vector<CellId>& cells, Reach& out) const {
  const auto add = [&cells](CellId cell) {
    if (std::ranges::find(cells, cell) == cells.end()) cells.push_back(cell);
  };
  switch (step.kind) {
    case StepKind::feature: return add(features_[step.index].cell);
    case StepKind::member: return add(members_[step.index].cell);
    case StepKind::aggregate: return add(aggregates_[step.index].cell);
    case StepKind::trace:
      for (const auto cell : traces_[step.index].cells) add(cell);
      return;
    case StepKind::record: break;
  }
  const auto derived = records_[step.index].point;
  if (std::ranges::find(out.derived, derived) == out.derived.end()) out.derived.push_back(derived);
}

}  // namespace wayside::rules
