#include "pipeline/time_keeper.hpp"

#include <algorithm>
#include <cstdlib>

namespace wayside::pipeline {
namespace {

constexpr auto kStep = std::chrono::milliseconds{100};
constexpr auto kDaily = std::chrono::hours{24};

}  // namespace

TimeKeeper::TimeKeeper(const base::Clock& clock, std::string source, const std::vector<ports::StateEntry>& stored)
    : clock_(clock), source_(std::move(source)) {
  for (const auto& entry : stored) {
    const auto id = base::from_hex(entry.key);
    if (!id || id->size() != base::BootId{}.size()) continue;
    base::ByteReader in(entry.value);
    Boot boot;
    while (in.ok() && !in.at_end()) {
      const auto offset = base::from_us(in.i64());
      const base::WallTime wall{std::chrono::microseconds{in.i64()}};
      boot.anchors.push_back({offset, wall, std::chrono::microseconds{in.i64()}});
    }
    if (!in.ok() || boot.anchors.empty()) continue;
    base::BootId key{};
    std::ranges::copy(*id, key.begin());
    boots_[key] = std::move(boot);
  }
}

std::optional<TimeKeeper::Taken> TimeKeeper::check() {
  if (!clock_.wall_trusted()) return std::nullopt;
  const auto id = clock_.boot_id();
  const wire::TimeAnchor now{clock_.boot_now(), clock_.wall_now(), clock_.wall_uncertainty()};
  const auto known = boots_.find(id);
  if (known != boots_.end()) {
    const auto& last = known->second.anchors.back();
    const bool stepped = std::chrono::abs(now.wall - extrapolate(last, now.offset)) > kStep;
    if (!stepped && now.offset - last.offset < kDaily) return std::nullopt;
  }
  Taken taken{{id, now.offset, now.wall, now.uncertainty, source_}, {}};
  if (known == boots_.end()) {
    while (boots_.size() >= kMostBoots) forget_oldest(taken.changes);
  }
  auto& boot = boots_[id];
  boot.anchors.push_back(now);
  // The first anchor stays: what was measured before it needs it. Of the others the oldest goes.
  if (boot.anchors.size() > kMostAnchors) boot.anchors.erase(boot.anchors.begin() + 1);
  taken.changes.push_back(to_change(id, boot));
  return taken;
}

// By date. Its chunks, should any still wait, keep bounds from their neighbours.
void TimeKeeper::forget_oldest(std::vector<ports::StateChange>& changes) {
  const auto oldest =
      std::ranges::min_element(boots_, {}, [](const auto& entry) { return entry.second.anchors.front().wall; });
  changes.push_back({kSpace, base::to_hex(base::ByteView(oldest->first)), std::nullopt});
  boots_.erase(oldest);
}

ports::StateChange TimeKeeper::to_change(const base::BootId& id, const Boot& boot) const {
  base::ByteWriter out;
  for (const auto& anchor : boot.anchors) {
    out.i64(base::to_us(anchor.offset));
    out.i64(anchor.wall.time_since_epoch().count());
    out.i64(anchor.uncertainty.count());
  }
  return {kSpace, base::to_hex(base::ByteView(id)), out.take()};
}

wire::TimeBase TimeKeeper::base_for(const base::BootId& boot, base::BootTime offset) const {
  const auto found = boots_.find(boot);
  if (found == boots_.end()) return bounds_of(boot);
  return nearest(found->second.anchors, offset);
}

wire::TimeBounds TimeKeeper::bounds_of(const base::BootId& boot) const {
  // Of a boot without an anchor only this is known: the running one is not over, an earlier one ended before the
  // running one was dated.
  wire::TimeBounds bounds;
  const auto current = boots_.find(clock_.boot_id());
  if (boot != clock_.boot_id() && current != boots_.end()) {
    const auto& first = current->second.anchors.front();
    bounds.not_after = extrapolate(first, base::BootTime{});
  }
  return bounds;
}

std::optional<base::BootTime> TimeKeeper::in_this_boot(const base::BootId& boot, base::BootTime past) const {
  if (boot == clock_.boot_id()) return past;
  const auto other = boots_.find(boot);
  const auto current = boots_.find(clock_.boot_id());
  if (other == boots_.end() || current == boots_.end()) return std::nullopt;
  const auto wall = extrapolate(nearest(other->second.anchors, past), past);
  const auto& now = current->second.anchors.back();
  const auto moved = now.offset - (now.wall - wall);
  return moved > clock_.boot_now() ? std::nullopt : std::optional(moved);
}

std::vector<wire::TimeAnchor> TimeKeeper::anchors() const {
  const auto found = boots_.find(clock_.boot_id());
  return found == boots_.end() ? std::vector<wire::TimeAnchor>{} : found->second.anchors;
}

Dates TimeKeeper::dates() const {
  std::map<base::BootId, Dates::Anchors> out;
  for (const auto& [id, boot] : boots_) out[id] = boot.anchors;
  return Dates(std::move(out));
}

std::optional<base::WallTime> TimeKeeper::last_known() const {
  std::optional<base::WallTime> last;
  for (const auto& [id, boot] : boots_) {
    const auto wall = boot.anchors.back().wall;
    last = last ? std::max(*last, wall) : wall;
  }
  return last;
}

std::optional<base::WallTime> TimeKeeper::wall_of(base::BootTime offset) const {
  const auto found = boots_.find(clock_.boot_id());
  if (found == boots_.end()) return std::nullopt;
  return extrapolate(nearest(found->second.anchors, offset), offset);
}

}  // namespace wayside::pipeline
