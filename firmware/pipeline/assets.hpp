// The asset records: what every device is and how long it has worked, over its whole life. Fed with poll results and
// raised alarms; gives events with the state that must be committed with them. Home: core; the point table must
// outlive it.
//
// - Running: between two results of a device both of which say that it answers. Burning: between two good or uncertain
//   values of a load, the first of them true, not further apart than three periods (at least a minute): what was not
//   seen is not counted. A cycle is off -> on between two such values, however far apart.
// - Replaced: the device tells a serial and it is another than before. Its record is closed and kept (the last
//   kKeptClosed), a new one begins. Loads that hang behind a device (lamp-3 behind its DALI gateway) go on: they were
//   not replaced with it. At most one replacement in ten minutes is believed: two units that answer at one address by
//   turns must not wear out the flash.
// - Kept in memory, written at most every ten minutes (and with every event): a power cut loses ten minutes of hours.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/asset.hpp"
#include "model/point_table.hpp"
#include "pipeline/asset_points.hpp"
#include "pipeline/poller.hpp"
#include "ports/outbox.hpp"

namespace wayside::pipeline {

class AssetBook {
 public:
  static constexpr const char* kSpace = "asset";  // key: device id; of a closed record: id#generation
  static constexpr std::uint32_t kKeptClosed = 4;
  static constexpr auto kCheckpoint = std::chrono::minutes{10};

  AssetBook(const model::PointTable& points, std::vector<model::DeviceId> devices);

  // The entries of kSpace. One that cannot be read is told (log) and begun anew; of devices no longer configured they
  // stay in the store untouched.
  void restore(const std::vector<ports::StateEntry>& stored);

  struct Told {
    model::AssetReport report;
    std::vector<ports::StateChange> changes;  // belong to the report's commit
  };
  using Date = std::optional<base::WallTime>;  // none while the clock is not trusted
  // What a result says of its device. Date: of the result.
  [[nodiscard]] std::vector<Told> polled(const PollResult& result, Date date);
  // A value of a point as the quality gate let it through.
  void reading(const model::Reading& reading);
  void alarm_raised(const model::DeviceId& device);

  // Every kCheckpoint: daily reports and replacements that had to wait.
  [[nodiscard]] std::vector<Told> daily(base::BootTime now, Date date);
  // The records that changed since they were last written.
  [[nodiscard]] std::vector<ports::StateChange> unsaved();
  // The values of the points of add_asset_points(), those that changed since the last call.
  [[nodiscard]] std::vector<model::Reading> hours(base::BootTime now);

  // None: the device has never answered.
  [[nodiscard]] const std::optional<model::AssetRecord>& record(std::size_t device) const {
    return devices_[device].record;
  }

 private:
  struct Load {
    bool behind = false;  // not a part of the device: it stays when the device is replaced
    std::chrono::microseconds longest_step{};
    std::optional<base::BootTime> seen_at;  // of the last usable value, in this run
    std::optional<model::PointHandle> burn_hours;
    std::optional<model::PointHandle> switch_cycles;
  };
  struct Device {
    model::DeviceId id;
    model::Responsibility place;
    std::optional<model::AssetRecord> record;
    std::vector<std::string> load_names;
    std::vector<Load> loads;  // parallel to record->loads
    std::optional<model::PointHandle> running_hours;
    std::optional<base::BootTime> seen_at;   // the last result of this run
    std::optional<base::BootTime> first_at;  // first seen in this run, its date not known yet
    std::optional<base::BootTime> told_at;
    std::optional<base::BootTime> replaced_at;
    std::optional<model::DeviceIdentity> pending;  // a replacement that has to wait
    bool answered = false;
    bool unsaved = false;
  };
  struct LoadPlace {
    std::int32_t device = -1;
    std::uint32_t load = 0;
  };

  void count_time(Device& device, const PollResult& result);
  [[nodiscard]] model::AssetRecord fresh(const Device& device) const;
  [[nodiscard]] std::optional<Told> identify(Device& device, const model::DeviceIdentity& identity, base::BootTime now,
                                             Date date);
  [[nodiscard]] Told replace(Device& device, const model::DeviceIdentity& identity, base::BootTime now, Date date);
  [[nodiscard]] Told tell(Device& device, model::AssetCause cause, base::BootTime now, Date date);
  void restore_one(Device& device, model::AssetRecord record);

  std::vector<Device> devices_;
  std::map<model::DeviceId, std::size_t> index_;
  std::vector<LoadPlace> load_of_;  // by point
  std::vector<double> shown_;       // by point: the value last given by hours(); below zero: none yet
};

}  // namespace wayside::pipeline
