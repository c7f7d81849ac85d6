#include "pipeline/field_watch.hpp"

#include <algorithm>
#include <utility>

namespace wayside::pipeline {
namespace {

constexpr auto kQualityEvery = std::chrono::hours{1};
// At most 130 bytes each (a name of 32, two spans of counts): under half of a telemetry body.
constexpr std::size_t kMostPoints = 60;

}  // namespace

FieldWatch::FieldWatch(Parts parts)
    : points_(parts.points),
      time_(parts.time),
      core_(parts.core),
      devices_(std::move(parts.devices)),
      places_(std::move(parts.places)),
      gate_(points_),
      filter_(points_),
      measures_(points_, devices_, core_.now()),
      assets_(points_, devices_),
      notes_(points_.size()) {
  assets_.restore(parts.stored);
}

FieldWatch::~FieldWatch() {
  sink_ = nullptr;
  stop();
}

void FieldWatch::start(FieldSink& sink) {
  sink_ = &sink;
  next_quality_ = core_.now() + kQualityEvery;
  next_checkpoint_ = core_.now() + AssetBook::kCheckpoint;
  arm_quality();
  arm_checkpoint();
  sink_->computed(assets_.hours(core_.now()), core_.now());  // as they stood before the restart
}

void FieldWatch::stop() {
  for (auto* timer : {&quality_timer_, &checkpoint_timer_}) {
    if (*timer != base::TimerId::none) core_.cancel(std::exchange(*timer, base::TimerId::none));
  }
  if (auto* sink = std::exchange(sink_, nullptr)) sink->keep(assets_.unsaved());
}

void FieldWatch::admit(PollResult& result) {
  const auto now = core_.now();
  auto end = result.readings.begin();
  for (auto& reading : result.readings) {
    const auto verdict = gate_.check(reading, result.at, now, result.due);
    for (std::size_t bit = 0; bit < faults_.size(); ++bit) faults_[bit] += (std::uint32_t{verdict.faults} >> bit) & 1U;
    measures_.count(reading, verdict, now);
    if (!verdict.accepted) continue;
    notes_[model::index(reading.point)].faults = verdict.faults;
    assets_.reading(reading);
    if (&*end != &reading) *end = std::move(reading);
    ++end;
  }
  result.readings.erase(end, result.readings.end());
  // Rules and events go by this time: one in the future would hold up every deadline.
  result.at = std::clamp(result.at, base::BootTime{}, std::max(now, base::BootTime{}));
  tell(assets_.polled(result, time_.wall_of(result.at)), result.at);
}

bool FieldWatch::tells(const model::Reading& reading) {
  auto& note = notes_[model::index(reading.point)];
  if (model::is_good(reading.quality) && !std::holds_alternative<std::monostate>(reading.value)) {
    note.good = reading.value;
    note.good_at = reading.at;
  }
  note.held_back = !filter_.tells(reading);
  if (!note.held_back) {
    note.told_at = reading.at;
    return true;
  }
  ++suppressed_;
  measures_.suppressed(reading.point, core_.now());
  return false;
}

void FieldWatch::tell(std::vector<AssetBook::Told> told, base::BootTime at) {
  if (sink_ == nullptr) return;
  for (auto& one : told) {
    sink_->record({at, model::DataClass::internal, std::move(one.report)}, std::move(one.changes));
  }
}

void FieldWatch::arm_quality() {
  quality_timer_ = core_.post_at(next_quality_, [this] {
    next_quality_ += kQualityEvery;
    arm_quality();
    report_quality();
  });
}

void FieldWatch::arm_checkpoint() {
  checkpoint_timer_ = core_.post_at(next_checkpoint_, [this] {
    next_checkpoint_ += AssetBook::kCheckpoint;
    arm_checkpoint();
    checkpoint();
  });
}

void FieldWatch::checkpoint() {
  const auto now = core_.now();
  tell(assets_.daily(now, time_.wall_of(now)), now);
  if (sink_ == nullptr) return;
  sink_->keep(assets_.unsaved());
  sink_->computed(assets_.hours(now), now);
}

void FieldWatch::report_quality() {
  for (std::size_t device = 0; device < devices_.size(); ++device) {
    if (!measures_.points_of_device(device).empty()) report_device(device, core_.now());
  }
}

// Measures are counts and not values: those of public points are internal too; a sensitive point is named only in the
// sensitive stream.
void FieldWatch::report_device(std::size_t device, base::BootTime now) {
  auto common = measures_.points_of(device, model::DataClass::open, false, now);
  for (auto& point : measures_.points_of(device, model::DataClass::internal, false, now)) {
    common.push_back(std::move(point));
  }
  auto sensitive = measures_.points_of(device, model::DataClass::sensitive, false, now);
  bool first = true;
  const auto send = [&](model::DataClass c, std::vector<model::PointQuality>& points) {
    for (std::size_t from = 0; from < points.size() || first; from += kMostPoints) {
      model::DataQuality part{devices_[device], places_[device], {}, {}, {}};
      if (std::exchange(first, false)) {
        part.hour = measures_.device_hour(device, now);
        part.day = measures_.device_day(device, now);
      }
      const auto begin = points.begin() + static_cast<std::ptrdiff_t>(std::min(from, points.size()));
      const auto end = points.begin() + static_cast<std::ptrdiff_t>(std::min(from + kMostPoints, points.size()));
      part.points.assign(std::move_iterator(begin), std::move_iterator(end));
      if (sink_ != nullptr) sink_->record({now, c, std::move(part)}, {});
    }
  };
  send(model::DataClass::internal, common);
  send(model::DataClass::sensitive, sensitive);
}

model::DataQuality FieldWatch::quality(std::size_t device) const {
  const auto now = core_.now();
  return {devices_[device], places_[device], measures_.device_hour(device, now), measures_.device_day(device, now),
          measures_.points_of(device, std::nullopt, true, now)};
}

std::map<std::string, std::uint64_t> FieldWatch::counters() const {
  std::map<std::string, std::uint64_t> out;
  for (std::size_t bit = 0; bit < faults_.size(); ++bit) {
    out["quality." + std::string(to_string(static_cast<Fault>(1U << bit)))] = faults_[bit];
  }
  out["quality.suppressed"] = suppressed_;
  return out;
}

}  // namespace wayside::pipeline
