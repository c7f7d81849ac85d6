// The alarms about alarms, and their figures: chatter and flood as alarms of the group `system` ("system/alarm-flood
// <gateway>", "system/chattering <device> <alarm>"), the figures of 30 days, and the last 512 transitions.
// It sees every transition that the judge records, and says what is to be recorded because of it. System alarms
// end by themselves; no one acknowledges or shelves them. Home: core, owned by the gateway.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "model/alarm.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/outbox.hpp"
#include "rules/alarm_kpi.hpp"
#include "rules/alarm_load.hpp"

namespace wayside::pipeline {

class AlarmWatch {
 public:
  static constexpr const char* kKpiSpace = "alarm_kpi";          // key: a date
  static constexpr const char* kHistorySpace = "alarm_history";  // key: a place in the ring
  static constexpr std::size_t kMostHistory = 512;

  struct Parts {
    const TimeKeeper& time;
    model::GatewayId gateway;
    model::Responsibility place;
    std::vector<ports::StateEntry> kpi;      // as stored
    std::vector<ports::StateEntry> history;  // likewise
    rules::LoadLimits limits = {};
  };
  explicit AlarmWatch(Parts parts);

  struct Outcome {
    std::vector<model::AlarmTransition> transitions;  // of system alarms
    std::vector<ports::StateChange> changes;          // belong into the commit of what was seen
  };
  Outcome saw(const model::AlarmTransition& transition);
  [[nodiscard]] std::optional<base::BootTime> next_timer() const { return load_.next_timer(); }
  Outcome on_timer(base::BootTime now);

  // System alarms as they were stored; on this boot's clock.
  void restore(const model::AlarmRecord& record, base::BootTime now);
  // Those that stand, and those that ever did (their count lives on), as to be stored.
  [[nodiscard]] const std::map<std::string, model::AlarmRecord>& alarms() const { return records_; }
  [[nodiscard]] static bool is_system(std::string_view alarm);

  struct Past {
    std::uint64_t order = 0;
    std::int64_t wall_us = 0;  // 0: not dated
    std::string alarm;
    std::string device;
    model::AlarmState from{};
    model::AlarmState to{};
    model::AlarmState live{};
    model::TransitionCause cause{};
    model::Severity severity{};
    std::string summary, by, reason;
  };
  // Oldest first.
  [[nodiscard]] const std::deque<Past>& history() const { return history_; }
  [[nodiscard]] const rules::AlarmKpi& kpi() const { return kpi_; }
  [[nodiscard]] const rules::AlarmLoad& load() const { return load_; }

 private:
  static constexpr std::size_t kMostRecords = 256;  // of system alarms; the oldest that does not stand goes

  void count(const model::AlarmTransition& transition, Outcome& out);
  void remember(const model::AlarmTransition& transition, Outcome& out);
  void account_flood(base::BootTime now);
  void take(std::vector<rules::LoadChange> changes, Outcome& out);
  [[nodiscard]] model::AlarmTransition flood_alarm(const rules::LoadChange& change) const;
  [[nodiscard]] model::AlarmTransition chatter_alarm(const rules::LoadChange& change) const;
  void file(model::AlarmTransition& transition, Outcome& out);
  void trim_records(Outcome& out);
  void save_day(base::BootTime at, Outcome& out);

  Parts parts_;
  rules::AlarmLoad load_;
  rules::AlarmKpi kpi_;
  std::map<std::string, model::AlarmRecord> records_;
  struct Offender {
    model::DeviceId device;
    model::Responsibility place;
  };
  std::map<std::string, Offender> offenders_;  // of chattering alarms, and of the one at hand
  std::deque<Past> history_;
  std::uint64_t next_order_ = 0;
  std::optional<base::BootTime> flood_counted_;  // time in flood is in the figures up to here
};

}  // namespace wayside::pipeline
