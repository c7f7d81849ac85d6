#include "daemon/metrics_page.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/metrics_text.hpp"

namespace wayside::daemon {
namespace {

double seconds(std::chrono::microseconds span) { return static_cast<double>(span.count()) / 1e6; }
double number(std::uint64_t value) { return static_cast<double>(value); }

class Page {
 public:
  Page(const Gateway& gateway, std::uint64_t config_version) : gateway_(gateway), version_(config_version) {}

  void set_bus(std::size_t bus, const ports::BusCounters& counters) { buses_[bus] = counters; }

  std::string make(const ports::OutboxStats& stats) {
    gateway();
    process();
    buses();
    devices();
    rules();
    store(stats);
    uplink();
    return text_.take();
  }

 private:
  void gauge(std::string_view name, std::string_view help, double value) {
    text_.family(name, "gauge", help);
    text_.sample(value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    text_.family(name, "counter", help);
    text_.sample(value);
  }

  void gateway() {
    text_.family("wayside_info", "gauge", "The gateway and its version; always 1.");
    text_.sample(1, {{"gateway", gateway_.config().id.value},
                     {"area", gateway_.config().responsible.area.path()},
                     {"version", gateway_.seams().software_version}});
    gauge("wayside_uptime_seconds", "Since the gateway began, or took another configuration.",
          seconds(gateway_.seams().clock.boot_now() - gateway_.started()));
    gauge("wayside_clock_trusted", "Whether the wall clock is trusted.", gateway_.seams().clock.wall_trusted() ? 1 : 0);
    gauge("wayside_config_version", "The version of the configuration at work; 0: versions are not kept.",
          number(version_));
  }

  void process() {
    const auto health = gateway_.seams().process ? gateway_.seams().process() : std::nullopt;
    if (!health) return;
    counter("wayside_process_cpu_seconds_total", "Processor time that the daemon took.", seconds(health->cpu));
    gauge("wayside_process_resident_bytes", "Memory that the daemon holds.", number(health->memory_bytes));
    gauge("wayside_process_peak_bytes", "The most it ever held.", number(health->memory_peak_bytes));
    gauge("wayside_machine_memory_available_bytes", "Memory of the machine that is to be had.",
          number(health->memory_available_bytes));
  }

  template <class Value>
  void each_bus(std::string_view name, std::string_view type, std::string_view help, Value value) {
    text_.family(name, type, help);
    for (const auto& [bus, statistics] : gateway_.judge().buses()) text_.sample(value(statistics), {{"bus", bus}});
  }

  void buses() {
    static constexpr std::array<const char*, pipeline::kBusClasses> kClasses = {"command", "technician", "alarm",
                                                                                "normal",  "slow",       "probe"};
    const auto& all = gateway_.judge().buses();
    text_.family("wayside_bus_turns_total", "counter", "Polls and jobs begun, by class.");
    for (const auto& [bus, statistics] : all) {
      for (std::size_t c = 0; c < kClasses.size(); ++c) {
        text_.sample(number(statistics.turns[c]), {{"bus", bus}, {"class", kClasses[c]}});
      }
    }
    text_.family("wayside_bus_missed_total", "counter", "Polls that came later than a period, by class.");
    for (const auto& [bus, statistics] : all) {
      for (std::size_t c = 0; c < kClasses.size(); ++c) {
        text_.sample(number(statistics.missed[c]), {{"bus", bus}, {"class", kClasses[c]}});
      }
    }
    each_bus("wayside_bus_skipped_total", "counter", "Polls left out because the gateway was behind.",
             [](const auto& s) { return number(s.skipped); });
    each_bus("wayside_bus_line_away", "gauge", "Whether the line cannot be reached.",
             [](const auto& s) { return s.line_away ? 1.0 : 0.0; });
    each_bus("wayside_bus_dead_ratio", "gauge", "Share of all time spent on devices that do not answer.",
             [](const auto& s) { return s.dead_per_mille / 1000.0; });
    each_bus("wayside_bus_parked_points", "gauge", "Points that are not read: their device refuses them.",
             [](const auto& s) { return number(s.parked_points); });
    delays();
    bus_errors();
    bus_use();
  }

  void delays() {
    text_.family("wayside_bus_start_delay_seconds", "histogram", "How late polls begin.");
    for (const auto& [bus, s] : gateway_.judge().buses()) {
      for (std::size_t i = 0; i < s.start_within.size(); ++i) {
        const auto bound = fmt::format("{}", seconds(pipeline::DelayHistogram::bound(i)));
        text_.part("_bucket", number(s.start_within.at(i)), {{"bus", bus}, {"le", bound}});
      }
      text_.part("_bucket", number(s.starts), {{"bus", bus}, {"le", "+Inf"}});
      text_.part("_sum", seconds(s.start_sum), {{"bus", bus}});
      text_.part("_count", number(s.starts), {{"bus", bus}});
    }
  }

  void bus_errors() {
    using Count = std::uint64_t ports::BusCounters::*;
    static constexpr std::array<std::pair<const char*, Count>, 7> kKinds = {{
        {"timeout", &ports::BusCounters::timeouts},
        {"checksum", &ports::BusCounters::checksum_errors},
        {"late_reply", &ports::BusCounters::late_replies},
        {"foreign_reply", &ports::BusCounters::foreign_replies},
        {"exception", &ports::BusCounters::exceptions},
        {"noise_byte", &ports::BusCounters::noise_bytes},
        {"failed_open", &ports::BusCounters::failed_opens},
    }};
    text_.family("wayside_bus_transactions_total", "counter", "Requests on the bus.");
    for (const auto& [bus, counters] : buses_) text_.sample(number(counters.transactions), {{"bus", id(bus)}});
    text_.family("wayside_bus_errors_total", "counter", "What went wrong on the bus, by kind.");
    for (const auto& [bus, counters] : buses_) {
      for (const auto& [kind, count] : kKinds)
        text_.sample(number(counters.*count), {{"bus", id(bus)}, {"kind", kind}});
    }
  }

  // Of the time since each device was first asked; a rate() over it is the use of the bus.
  void bus_use() {
    std::map<std::string_view, double> busy;
    const auto& devices = gateway_.config().devices;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      busy[devices[i].bus.value] += seconds(gateway_.judge().device(i).airtime);
    }
    text_.family("wayside_bus_busy_seconds_total", "counter", "Time that requests and answers took.");
    for (const auto& [bus, taken] : busy) text_.sample(taken, {{"bus", bus}});
  }

  [[nodiscard]] const std::string& id(std::size_t bus) const { return gateway_.config().buses[bus].id.value; }

  template <class Value>
  void each_device(std::string_view name, std::string_view type, std::string_view help, Value value) {
    text_.family(name, type, help);
    const auto& devices = gateway_.config().devices;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      text_.sample(value(gateway_.judge().device(i)), {{"device", devices[i].id.value},
                                                       {"bus", devices[i].bus.value},
                                                       {"department", devices[i].responsible.department}});
    }
  }

  void devices() {
    each_device("wayside_device_up", "gauge", "Whether the device answers.",
                [](const auto& d) { return d.communicating ? 1.0 : 0.0; });
    each_device("wayside_device_polls_total", "counter", "Polls of the device.",
                [](const auto& d) { return number(d.polls); });
    each_device("wayside_device_failures_total", "counter", "Polls that brought nothing.",
                [](const auto& d) { return number(d.failures); });
    const auto& points = *gateway_.assembly().points;
    std::size_t good = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto handle = model::PointHandle{static_cast<std::uint32_t>(i)};
      good += model::is_good(points.newest(handle).quality) ? 1U : 0U;
    }
    gauge("wayside_points", "Points of the gateway.", number(points.size()));
    gauge("wayside_points_good", "Those whose newest value is good.", number(good));
  }

  void rules() {
    const auto& rules = *gateway_.assembly().rules;
    gauge("wayside_rules", "Rules of the configuration.", number(rules.rule_count()));
    std::size_t unknown = 0;
    std::size_t pending = 0;
    const auto instances = rules.instances();
    for (const auto& instance : instances) {
      unknown += instance.unknown ? 1U : 0U;
      pending += instance.pending ? 1U : 0U;
    }
    gauge("wayside_rule_instances", "Rules on their points.", number(instances.size()));
    gauge("wayside_rule_instances_unknown", "Those that can say nothing: an input is bad, or not there yet.",
          number(unknown));
    gauge("wayside_rule_instances_pending", "Those whose condition holds, but not for long enough yet.",
          number(pending));
    gauge("wayside_rules_bytes", "Memory of rules, windows and what is learned.", number(rules.bytes()));
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> alarms;
    for (const auto severity :
         {model::Severity::low, model::Severity::medium, model::Severity::high, model::Severity::critical}) {
      alarms[{model::to_string(severity), model::to_string(model::AlarmState::raised)}] = 0;
    }
    for (const auto& record : gateway_.alarms()) {
      if (record.state == model::AlarmState::normal) continue;
      ++alarms[{model::to_string(record.severity), model::to_string(record.state)}];
    }
    text_.family("wayside_alarms", "gauge", "Alarms that are not normal, by severity and state.");
    for (const auto& [key, count] : alarms) {
      text_.sample(number(count), {{"severity", key.first}, {"state", key.second}});
    }
  }

  void store(const ports::OutboxStats& stats) {
    gauge("wayside_store_waiting_chunks", "Stored and not yet acknowledged.", number(stats.chunks));
    gauge("wayside_store_waiting_bytes", "The same in bytes.", number(stats.bytes));
    gauge("wayside_store_oldest_seconds", "Age of the oldest that waits; 0: nothing waits, or it cannot be dated.",
          oldest(stats));
    gauge("wayside_store_taken_bytes", "Room that the store takes.", number(stats.taken_bytes));
    gauge("wayside_store_max_bytes", "Room that it may take.", number(stats.max_bytes));
    gauge("wayside_store_disk_free_bytes", "Room that its file system has left.", number(stats.disk_free_bytes));
    gauge("wayside_store_history_chunks", "Acknowledged, kept for a while.", number(stats.history_chunks));
    counter("wayside_store_accepted_chunks_total", "Numbered in the present epoch.", number(stats.accepted_chunks));
    counter("wayside_store_accepted_events_total", "Events in them.", number(stats.accepted_events));
    counter("wayside_store_commits_total", "Transactions.", number(stats.commits));
    text_.family("wayside_store_lost_chunks_total", "counter", "Chunks that are lost, by cause, since the start.");
    text_.sample(number(stats.evicted), {{"cause", "evicted"}});
    text_.sample(number(stats.damaged), {{"cause", "damaged"}});
    text_.sample(number(gateway_.recorder().counters().dropped_chunks), {{"cause", "disk_refused"}});
    counter("wayside_store_failed_commits_total", "Transactions that the disk did not take.",
            number(stats.failed_commits));
    gauge("wayside_store_untold_losses", "Entries of the loss ledger that the platform does not know yet.",
          number(stats.ledger_untold));
  }

  [[nodiscard]] double oldest(const ports::OutboxStats& stats) const {
    if (!stats.oldest) return 0;
    const auto& seams = gateway_.seams();
    const auto then = stats.oldest->boot == seams.clock.boot_id()
                          ? std::optional(stats.oldest->offset)
                          : gateway_.time().in_this_boot(stats.oldest->boot, stats.oldest->offset);
    return then ? seconds(seams.clock.boot_now() - *then) : 0;
  }

  void uplink() {
    const auto* link = gateway_.link();
    if (link == nullptr) return;
    const auto status = link->status();
    const auto& counters = gateway_.forwarder().counters();
    gauge("wayside_uplink_up", "Whether the link to the platform is up.", status.up ? 1 : 0);
    counter("wayside_uplink_connects_total", "Connections made.", number(status.connects));
    counter("wayside_uplink_published_total", "Chunks published, repeats too.", number(counters.published));
    counter("wayside_uplink_acknowledged_total", "Chunks that the broker has acknowledged.",
            number(counters.acknowledged));
    counter("wayside_uplink_refused_total", "Chunks that the broker did not take.", number(counters.refused));
    gauge("wayside_uplink_in_flight", "Chunks published and not acknowledged yet.", counters.in_flight);
    gauge("wayside_uplink_bytes_per_second", "Measured throughput of telemetry; 0: not yet.",
          gateway_.forwarder().bytes_per_second());
    text_.family("wayside_uplink_carried_bytes", "gauge", "What the link has carried, of its budget.");
    text_.sample(number(gateway_.budget().day().bytes), {{"span", "day"}});
    text_.sample(number(gateway_.budget().month().bytes), {{"span", "month"}});
    if (counters.last_ack) {
      gauge("wayside_uplink_last_ack_seconds", "Since the last acknowledgement.",
            seconds(gateway_.seams().clock.boot_now() - *counters.last_ack));
    }
    certificate();
  }

  void certificate() {
    const auto* keeper = gateway_.link_keeper();
    if (keeper == nullptr || !keeper->term()) return;
    text_.family("wayside_uplink_certificate_end_seconds", "gauge",
                 "When the first of the link's certificates ends, in seconds since 1970.");
    text_.sample(static_cast<double>(keeper->term()->until.time_since_epoch().count()) / 1e6,
                 {{"certificate", keeper->term()->what}});
  }

  const Gateway& gateway_;
  std::uint64_t version_;
  std::map<std::size_t, ports::BusCounters> buses_;
  MetricsText text_;
};

}  // namespace

void make_metrics_page(const Gateway& gateway, std::uint64_t config_version, MetricsAnswer answer) {
  struct Pending {
    Page page;
    MetricsAnswer answer;
    std::size_t left = 0;
  };
  auto pending = std::make_shared<Pending>(Pending{Page(gateway, config_version), std::move(answer), 0});
  const auto finish = [&gateway, pending] {
    gateway.seams().outbox.stats(
        [pending](const ports::OutboxStats& stats) { pending->answer(pending->page.make(stats)); });
  };
  pending->left = gateway.config().buses.size();
  if (pending->left == 0) return finish();
  for (std::size_t i = 0; i < gateway.config().buses.size(); ++i) {
    const auto seam = gateway.bus_seam(i);
    seam.home.post([&core = gateway.seams().core, seam, i, pending, finish] {
      core.post([pending, i, finish, counters = seam.bus.counters()] {
        pending->page.set_bus(i, counters);
        if (--pending->left == 0) finish();
      });
    });
  }
}

}  // namespace wayside::daemon
