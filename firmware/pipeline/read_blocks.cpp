#include "pipeline/read_blocks.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>

#include "device/firmware_version.hpp"

namespace wayside::pipeline {
namespace {

using device::RegisterBlock;

int end_of(const RegisterBlock& block) { return block.first + block.count; }

bool covers(const RegisterBlock& block, const device::PointSpec& point) {
  return block.kind == point.kind && point.address >= block.first &&
         point.address + device::word_count(point) <= end_of(block);
}

}  // namespace

ReadBlocks::ReadBlocks(const device::ReadPlan& plan, std::span<const device::PointSpec> points, Limits limits)
    : points_(points), limits_(limits), parking_(points.size(), Parking::read), named_(points.size(), false) {
  const auto home = homes(plan);
  for (std::size_t group = 0; group < plan.groups.size(); ++group) {
    Blocks blocks;
    for (const auto& where : plan.groups[group].blocks) blocks.push_back({where, cells_in(where, group, home), false});
    plan_.push_back(std::move(blocks));
  }
  groups_ = plan_;
  parked_.resize(plan_.size());
}

// The group that reads a point for its own sake; a faster group's block may span it as a hole.
std::vector<std::size_t> ReadBlocks::homes(const device::ReadPlan& plan) const {
  std::vector<std::size_t> home(points_.size(), plan.groups.size());
  for (std::size_t n = 0; n < points_.size(); ++n) {
    const auto period = points_[n].period.value_or(limits_.period);
    for (std::size_t group = 0; group < plan.groups.size(); ++group) {
      const auto& blocks = plan.groups[group].blocks;
      if (!std::ranges::any_of(blocks, [&](const auto& block) { return covers(block, points_[n]); })) continue;
      const bool none_yet = home[n] == plan.groups.size();
      if (none_yet || plan.groups[group].period == period) home[n] = group;
    }
  }
  return home;
}

std::vector<ReadBlocks::Cell> ReadBlocks::cells_in(const RegisterBlock& block, std::size_t group,
                                                   const std::vector<std::size_t>& home) const {
  std::vector<Cell> cells;
  for (std::uint32_t n = 0; n < points_.size(); ++n) {
    if (home[n] != group || !covers(block, points_[n])) continue;
    const RegisterBlock where{block.kind, points_[n].address, device::word_count(points_[n])};
    const auto same = std::ranges::find(cells, where, &Cell::where);
    if (same != cells.end()) {
      same->points.push_back(n);
    } else {
      cells.push_back({where, {n}});
    }
  }
  std::ranges::sort(cells, [](const Cell& a, const Cell& b) { return a.where < b.where; });
  return cells;
}

// From left to right, each block as long as it may be (as device::plan_reads).
ReadBlocks::Blocks ReadBlocks::cut(std::span<const Cell> cells) const {
  Blocks blocks;
  for (const auto& cell : cells) {
    if (!blocks.empty()) {
      auto& last = blocks.back();
      const int end = std::max(end_of(last.where), end_of(cell.where));
      const bool bits =
          cell.where.kind == device::RegisterKind::coil || cell.where.kind == device::RegisterKind::discrete;
      const int most = bits ? device::kMaxReadBits : std::min(limits_.max_registers, device::kMaxReadRegisters);
      if (cell.where.first <= end_of(last.where) + limits_.max_hole && end - last.where.first <= most) {
        last.where.count = static_cast<std::uint16_t>(end - last.where.first);
        last.cells.push_back(cell);
        continue;
      }
    }
    blocks.push_back({cell.where, {cell}, false});
  }
  return blocks;
}

// Where to cut: at the hole nearest to the middle (holes are what devices refuse most), else in the middle.
std::size_t ReadBlocks::middle(const std::vector<Cell>& cells) {
  const std::size_t half = cells.size() / 2;
  std::optional<std::size_t> best;
  int end = end_of(cells[0].where);
  const auto distance = [half](std::size_t i) { return i > half ? i - half : half - i; };
  for (std::size_t i = 1; i < cells.size(); ++i) {
    const bool hole = cells[i].where.first > end;
    if (hole && (!best || distance(i) < distance(*best))) best = i;
    end = std::max(end, end_of(cells[i].where));
  }
  return best.value_or(half);
}

void ReadBlocks::replace(std::size_t group, std::size_t position, Blocks parts) {
  auto& blocks = groups_[group];
  const auto at = blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(position));
  blocks.insert(at, std::move_iterator(parts.begin()), std::move_iterator(parts.end()));
}

ReadBlocks::Refusal ReadBlocks::refuse(std::size_t group, std::size_t position) {
  Block block = std::move(groups_[group][position]);
  if (block.cells.size() == 1 && block.cells[0].where != block.where) {
    ++splits_;
    replace(group, position, cut(block.cells));  // read along more than the point itself
    return {true, {}, false};
  }
  if (block.cells.size() >= 2) {
    ++splits_;
    const std::span<const Cell> cells = block.cells;
    const auto at = middle(block.cells);
    auto parts = cut(cells.first(at));
    for (auto& part : cut(cells.subspan(at))) parts.push_back(std::move(part));
    replace(group, position, std::move(parts));
    return {true, {}, false};
  }
  Refusal refusal;
  for (const auto& cell : block.cells) refusal.parked = cell.points;
  refusal.first_time = block.cells.empty() && !block.trial;
  for (const auto point : refusal.parked) {
    parking_[point] = Parking::refused;
    refusal.first_time = refusal.first_time || !named_[point];
    named_[point] = true;
  }
  block.trial = false;
  replace(group, position, {});
  parked_[group].push_back(std::move(block));
  return refusal;
}

void ReadBlocks::accept(std::size_t group, std::size_t position) {
  auto& block = groups_[group][position];
  if (!block.trial) return;
  block.trial = false;
  for (const auto& cell : block.cells) {
    for (const auto point : cell.points) parking_[point] = Parking::read;
  }
}

bool ReadBlocks::retry_parked() {
  bool any = false;
  for (std::size_t group = 0; group < parked_.size(); ++group) {
    for (auto& block : parked_[group]) {
      block.trial = true;
      groups_[group].push_back(std::move(block));
      any = true;
    }
    parked_[group].clear();
  }
  return any;
}

bool ReadBlocks::retry_one(std::size_t group) {
  auto& parked = parked_[group];
  if (parked.empty()) return false;
  parked.front().trial = true;
  groups_[group].push_back(std::move(parked.front()));
  parked.erase(parked.begin());
  return true;
}

bool ReadBlocks::nothing_left() const {
  return std::ranges::all_of(groups_, [](const Blocks& blocks) { return blocks.empty(); });
}

std::vector<std::uint32_t> ReadBlocks::set_firmware(std::string_view firmware) {
  std::vector<std::uint32_t> missing;
  for (std::uint32_t n = 0; n < points_.size(); ++n) {
    if (!device::has_point(firmware, points_[n])) missing.push_back(n);
  }
  if (firmware == firmware_) return missing;
  firmware_ = firmware;
  groups_ = plan_;
  std::ranges::fill(parking_, Parking::read);
  std::fill(named_.begin(), named_.end(), false);
  for (auto& parked : parked_) parked.clear();
  for (const auto point : missing) parking_[point] = Parking::firmware;
  for (auto& blocks : groups_) {
    Blocks left;
    for (auto& block : blocks) {
      std::vector<Cell> cells;
      for (auto cell : block.cells) {
        std::erase_if(cell.points, [this](std::uint32_t point) { return is_parked(point); });
        if (!cell.points.empty()) cells.push_back(std::move(cell));
      }
      if (cells.size() == block.cells.size()) {
        block.cells = std::move(cells);
        left.push_back(std::move(block));
      } else {
        for (auto& part : cut(cells)) left.push_back(std::move(part));
      }
    }
    blocks = std::move(left);
  }
  return missing;
}

std::vector<std::string> ReadBlocks::parked_names() const {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < points_.size(); ++n) {
    if (parking_[n] == Parking::refused) names.push_back(points_[n].name + " (refused)");
    if (parking_[n] == Parking::firmware) names.push_back(points_[n].name + " (not in firmware " + firmware_ + ")");
  }
  return names;
}

std::optional<RegisterBlock> ReadBlocks::smallest() const {
  std::optional<RegisterBlock> best;
  const auto look = [&best](const std::vector<Blocks>& groups) {
    for (const auto& blocks : groups) {
      for (const auto& block : blocks) {
        if (!best || block.where.count < best->count) best = block.where;
      }
    }
  };
  look(groups_);
  if (!best) look(parked_);
  if (!best) look(plan_);
  return best;
}

std::vector<std::uint32_t> ReadBlocks::points_of(std::size_t group) const {
  std::vector<std::uint32_t> points;
  for (const auto& block : plan_[group]) {
    for (const auto& cell : block.cells) points.insert(points.end(), cell.points.begin(), cell.points.end());
  }
  return points;
}

}  // namespace wayside::pipeline
