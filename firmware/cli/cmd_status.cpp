#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// Empty: nothing.
std::string held_back(const control::v1::UplinkStatus& uplink) {
  if (!uplink.backfill_held()) return "";
  const bool by_day = uplink.day().most() != 0 && uplink.day().bytes() * 10 >= uplink.day().most() * 7;
  return tr_format("{} held back: the {}'s budget of the link is nearly used up",
                   uplink.live_held() ? tr("all telemetry is") : tr("what has waited is"),
                   by_day ? tr("day") : tr("month"));
}

std::string uplink_line(const control::v1::UplinkStatus& uplink) {
  if (uplink.broker().empty()) return uplink.reason();
  const std::string state = uplink.up() ? coloured(tr("up"), Colour::good) : coloured(tr("down"), Colour::bad);
  std::string line = tr_format("{} for {}, broker {}", state, for_people(uplink.since_us_ago()), uplink.broker());
  line += tr_format(" (MQTT {})", uplink.mqtt());
  if (!uplink.up()) line += ": " + uplink.reason();
  return line;
}

// What was wrong with samples is not a fault of the gateway: `wayside quality` tells it. Nor is what a bus measures.
bool is_fault(std::string_view name) {
  const auto has = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (name.starts_with("bus.")) {
    return !has(".turns.") && !has(".start_") && !name.ends_with(".splits") && !name.ends_with(".dead_per_mille");
  }
  return !has("events") && !has("recorder.chunks") && !name.starts_with("quality.") && name != "commander.refused" &&
         name != "commander.other" && name != "notices.acknowledged";
}

std::string alarms_beside(const control::v1::StatusResponse& status) {
  std::string out;
  if (status.alarms_returned() > 0) out += tr_format(", {} over but waiting for someone", status.alarms_returned());
  if (status.alarms_hidden() > 0) out += tr_format(", {} hidden", status.alarms_hidden());
  if (status.alarms_stale() > 0) out += tr_format(", {} stale", status.alarms_stale());
  return out;
}

}  // namespace

int cmd_status(const Common& common) {
  control::v1::Request request;
  request.mutable_status();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& status = response->status();
  if (common.json) {
    print_json(status);
    return 0;
  }
  const auto& store = status.store();
  const auto& uplink = status.uplink();
  fmt::print("{}  {}  ({})\n", status.gateway(), status.area(), status.department());
  tr_print("  version  {}, up {}, config {}\n", status.version(), for_people(status.uptime_us()), status.config_file());
  tr_print("  clock    {}\n", status.clock_trusted() ? tr("trusted") : coloured(tr("not trusted yet"), Colour::bad));
  tr_print("  devices  {} of {} answer, {} points\n", status.devices_communicating(), status.devices(),
           status.points());
  const auto raised = tr_format("{} raised", status.alarms_raised());
  tr_print("  alarms   {}{}, {} rules\n", status.alarms_raised() > 0 ? coloured(raised, Colour::bad) : raised,
           alarms_beside(status), status.rules());
  if (status.alarm_flood())
    fmt::print("           {}\n", coloured(tr("alarm flood: see `wayside alarms`"), Colour::bad));
  for (const auto& alarm : status.alarms_chattering()) tr_print("           chatters: {}\n", alarm);
  tr_print("  store    {} chunks waiting ({}), takes {} of {}, epoch {}\n", store.chunks_waiting(),
           bytes_for_people(store.bytes_waiting()), bytes_for_people(store.taken_bytes()),
           bytes_for_people(store.max_bytes()), status.epoch());
  tr_print("  uplink   {}\n", uplink_line(uplink));
  tr_print("           {} sent, {} acknowledged, {} in flight, last acknowledgement {} ago\n", uplink.published(),
           uplink.acknowledged(), uplink.in_flight(), for_people(uplink.last_ack_us_ago()));
  if (const auto held = held_back(uplink); !held.empty()) fmt::print("           {}\n", coloured(held, Colour::bad));
  if (uplink.insecure()) fmt::print("           {}\n", coloured(tr("in the clear (`insecure: true`)"), Colour::bad));
  if (!uplink.tls_problem().empty()) fmt::print("           {}\n", coloured(uplink.tls_problem(), Colour::bad));
  if (!uplink.orders_problem().empty()) fmt::print("           {}\n", coloured(uplink.orders_problem(), Colour::bad));
  for (const auto& [name, value] : status.counters()) {
    if (is_fault(name) && value > 0) fmt::print("  {}  {} {}\n", coloured(tr("fault"), Colour::bad), name, value);
  }
  if (store.failed_commits() > 0)
    fmt::print("  {}  store.failed_commits {}\n", coloured(tr("fault"), Colour::bad), store.failed_commits());
  if (store.evicted() > 0) fmt::print("  {}  store.evicted {}\n", coloured(tr("fault"), Colour::bad), store.evicted());
  if (store.damaged() > 0) fmt::print("  {}  store.damaged {}\n", coloured(tr("fault"), Colour::bad), store.damaged());
  return 0;
}

namespace {

std::string budget_line(const control::v1::LinkBudget& budget) {
  if (budget.most() == 0) return tr_format("{}, no limit", bytes_for_people(budget.bytes()));
  return tr_format("{} of {} ({} %)", bytes_for_people(budget.bytes()), bytes_for_people(budget.most()),
                   budget.bytes() * 100 / budget.most());
}

void print_sparkplug(const control::v1::SparkplugStatus& sparkplug) {
  auto state = sparkplug.up() ? tr_format("up for {}", for_people(sparkplug.since_us_ago()))
                              : coloured(tr_format("down: {}", sparkplug.reason()), Colour::bad);
  if (sparkplug.up() && !sparkplug.born()) {
    state += coloured(tr_format(", waits for the primary host {}", sparkplug.primary_host()), Colour::warning);
  }
  tr_print("sparkplug {}: {}; {} births, {} messages; {} commands, {} refused\n", sparkplug.node(), state,
           sparkplug.births(), sparkplug.messages(), sparkplug.commands(), sparkplug.commands_refused());
  if (!sparkplug.problem().empty()) fmt::print("          {}\n", coloured(sparkplug.problem(), Colour::bad));
}

}  // namespace

int cmd_uplink(const Common& common) {
  control::v1::Request request;
  request.mutable_status();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& status = response->status();
  const auto& uplink = status.uplink();
  if (common.json) {
    print_json(uplink);
    return 0;
  }
  tr_print("link      {}\n", uplink_line(uplink));
  if (uplink.brokers().empty()) return 0;
  for (const auto& broker : uplink.brokers()) {
    tr_print("broker    {}{}\n", broker,
             broker == uplink.broker() ? (uplink.up() ? tr("  (in use)") : tr("  (tried)")) : "");
  }
  if (uplink.insecure()) tr_print("security  {}\n", coloured(tr("in the clear (`insecure: true`)"), Colour::bad));
  if (!uplink.tls_problem().empty()) tr_print("security  {}\n", coloured(uplink.tls_problem(), Colour::bad));
  if (!uplink.certificate().empty()) {
    const auto until = static_cast<std::time_t>(uplink.certificate_until_us() / 1'000'000);
    tr_print("security  {} ends {:%Y-%m-%d}\n", uplink.certificate(), fmt::gmtime(until));
  }
  tr_print("sent      {} chunks, {} acknowledged, {} in flight, {} refused; {} connections\n", uplink.published(),
           uplink.acknowledged(), uplink.in_flight(), uplink.refused(), uplink.connects());
  std::string allowed;
  for (const auto& kind : uplink.orders_allowed()) allowed += (allowed.empty() ? "" : ", ") + kind;
  tr_print("orders    {} received, {} refused; allowed: {}\n", uplink.orders_received(), uplink.orders_refused(),
           allowed.empty() ? tr("nothing") : allowed);
  if (!uplink.orders_problem().empty()) fmt::print("          {}\n", coloured(uplink.orders_problem(), Colour::bad));
  if (uplink.has_sparkplug()) print_sparkplug(uplink.sparkplug());
  const auto speed = static_cast<std::uint64_t>(uplink.bytes_per_second());
  tr_print("speed     {}\n", speed > 0 ? tr_format("{}/s measured", bytes_for_people(speed)) : tr("not measured yet"));
  tr_print("waiting   {} chunks, {}\n", status.store().chunks_waiting(),
           bytes_for_people(status.store().bytes_waiting()));
  tr_print("today     {}\n", budget_line(uplink.day()));
  tr_print("month     {}\n", budget_line(uplink.month()));
  if (const auto held = held_back(uplink); !held.empty()) tr_print("held      {}\n", coloured(held, Colour::bad));
  return 0;
}

}  // namespace wayside::cli
