// What leaves for the platform. An event is made once, encoded once (wire) and then only bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/alarm.hpp"
#include "model/asset.hpp"
#include "model/audit.hpp"
#include "model/baseline_import.hpp"
#include "model/command.hpp"
#include "model/data_quality.hpp"
#include "model/health.hpp"
#include "model/loss.hpp"
#include "model/reading.hpp"
#include "model/repair.hpp"
#include "model/stream.hpp"

namespace wayside::model {

// The readings of one instant that share a class. Points are handles of the running config.
struct Telemetry {
  std::vector<Reading> readings;
};

// Where boot time and wall clock met: lets a consumer put a date on every offset of that boot.
struct ClockAnchor {
  base::BootId boot{};
  base::BootTime offset{};
  base::WallTime wall{};
  std::chrono::microseconds uncertainty{};
  std::string source;  // "ntp", "rtc"
};

// The numbering began anew: the database was lost, replaced, or is the first of this gateway.
struct EpochStarted {
  std::string reason;  // "first start", "database damaged", ...
  std::optional<Epoch> old_epoch;
  std::map<int, ChunkNumber> last_numbers;  // by stream number: the last one known committed in the old epoch
};

// The catalogue of a class, whole (contracts: chunk and payload).
struct CatalogueEvent {
  base::Bytes encoded;  // wayside.v1.Catalogue
};

struct DeviceStatus {
  DeviceId device;
  bool communicating = false;
  std::string reason;
};

struct Event {
  base::BootTime at{};
  DataClass data_class = DataClass::internal;
  std::variant<Telemetry, AlarmTransition, ClockAnchor, EpochStarted, CatalogueEvent, DeviceStatus, DataQuality, Health,
               AssetReport, CommandResult, HoldChange, BaselineImport, RepairReport, Loss, EpochClosed, AuditEntry,
               AuditHead>
      body;
};

// Telemetry, device status, data quality and health are telemetry; everything else is the alarm stream of its class.
[[nodiscard]] inline Stream stream_of(const Event& event) {
  const bool telemetry = std::holds_alternative<Telemetry>(event.body) ||
                         std::holds_alternative<DeviceStatus>(event.body) ||
                         std::holds_alternative<DataQuality>(event.body) || std::holds_alternative<Health>(event.body);
  return {telemetry ? StreamKind::telemetry : StreamKind::alarm, event.data_class};
}

}  // namespace wayside::model
