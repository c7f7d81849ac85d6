// What is kept of the field beside its values: the quality of every sample, the four measures, the asset records, and
// which telemetry a dead band holds back. The judge asks it at each step; what it has to tell by itself (hourly data
// quality, asset reports, the hours as points) goes back to the judge through its sink. Home: core.
//
// Times: data quality every hour from the start; asset records written with each event of theirs, and at most every
// ten minutes otherwise, with a commit that happens anyway.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "model/event.hpp"
#include "model/point_table.hpp"
#include "pipeline/assets.hpp"
#include "pipeline/dead_band_filter.hpp"
#include "pipeline/point_note.hpp"
#include "pipeline/poller.hpp"
#include "pipeline/quality_gate.hpp"
#include "pipeline/quality_measures.hpp"
#include "pipeline/time_keeper.hpp"

namespace wayside::pipeline {

class FieldSink {
 public:
  virtual ~FieldSink() = default;
  // Records an event with the state that belongs to it.
  virtual void record(const model::Event& event, std::vector<ports::StateChange> changes) = 0;
  // State that may wait for the next commit.
  virtual void keep(std::vector<ports::StateChange> changes) = 0;
  // Points computed by the gateway: they go the way of all readings.
  virtual void computed(std::vector<model::Reading> readings, base::BootTime at) = 0;
};

class FieldWatch {
 public:
  struct Parts {
    const model::PointTable& points;
    const TimeKeeper& time;
    base::Scheduler& core;
    std::vector<model::DeviceId> devices;          // by PollResult::device
    std::vector<model::Responsibility> places;     // likewise
    const std::vector<ports::StateEntry>& stored;  // the entries of AssetBook::kSpace; read here only
  };
  explicit FieldWatch(Parts parts);
  ~FieldWatch();

  // Begins the hour. The sink must outlive this, or stop() must have been called.
  void start(FieldSink& sink);
  // Hands what is not yet saved to the sink and is silent from then on; before the last flush.
  void stop();

  // Judges the readings of a result (sets their quality, removes those that are repeated or out of order, replaces an
  // impossible time), counts them, keeps the asset records. Before the point table takes them.
  void admit(PollResult& result);
  // Whether telemetry tells this reading; with the value as it will be told.
  [[nodiscard]] bool tells(const model::Reading& reading);
  void alarm_raised(const model::DeviceId& device) { assets_.alarm_raised(device); }

  // For the CLI: all points, also those that are whole.
  [[nodiscard]] model::DataQuality quality(std::size_t device) const;
  [[nodiscard]] const PointNote& note(model::PointHandle point) const { return notes_[model::index(point)]; }
  [[nodiscard]] const AssetBook& assets() const { return assets_; }
  // "quality.rate", "quality.stuck", ..., "quality.suppressed": how often since the start.
  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const;

 private:
  void report_quality();
  void report_device(std::size_t device, base::BootTime now);
  void checkpoint();
  void tell(std::vector<AssetBook::Told> told, base::BootTime at);
  void arm_quality();
  void arm_checkpoint();

  const model::PointTable& points_;
  const TimeKeeper& time_;
  base::Scheduler& core_;
  std::vector<model::DeviceId> devices_;
  std::vector<model::Responsibility> places_;
  QualityGate gate_;
  DeadBandFilter filter_;
  QualityMeasures measures_;
  AssetBook assets_;
  std::vector<PointNote> notes_;  // by point
  FieldSink* sink_ = nullptr;
  std::array<std::uint64_t, kFaults> faults_{};
  std::uint64_t suppressed_ = 0;
  base::BootTime next_quality_{};
  base::BootTime next_checkpoint_{};
  base::TimerId quality_timer_ = base::TimerId::none;
  base::TimerId checkpoint_timer_ = base::TimerId::none;
};

}  // namespace wayside::pipeline
