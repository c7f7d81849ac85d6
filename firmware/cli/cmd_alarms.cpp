#include "cli/cmd_alarms.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/output.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

struct Arguments {
  std::vector<std::string> alarm;  // an identity has blanks in it: written with or without quotes
  double span_s = 0;
  std::string reason;
  std::string by;
  std::uint32_t most = 40;
};

std::string name_of(const Arguments& arguments) {
  std::string out;
  for (const auto& word : arguments.alarm) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string date_of(std::int64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  return seconds == 0 ? "?" : fmt::format("{:%m-%d %H:%M:%S}Z", fmt::gmtime(seconds));
}

Colour colour_of(const v1::Alarm& alarm) {
  const bool hidden = alarm.state() != alarm.live_state();
  return hidden ? Colour::faint : Colour::bad;
}

// "acknowledged by li", "shelved by li (3 h left): cleaning"
std::string action_of(const v1::Alarm& alarm) {
  if (alarm.by().empty()) return "";
  auto out = fmt::format("{} by {}", alarm.action(), alarm.by());
  if (alarm.shelved_left_us() > 0) out += fmt::format(" ({} left)", for_people(alarm.shelved_left_us()));
  if (!alarm.reason().empty()) out += ": " + alarm.reason();
  return out;
}

std::string state_of(const v1::Alarm& alarm) {
  std::string out = alarm.state();
  if (alarm.state() != alarm.live_state()) out += fmt::format(" ({})", alarm.live_state());
  if (alarm.escalated()) out += ", escalated";
  if (alarm.stale()) out += ", stale";
  return out;
}

int list(const Common& common) {
  v1::Request request;
  request.mutable_alarms();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->alarms());
    return 0;
  }
  if (response->alarms().alarms().empty()) {
    fmt::print("no alarms\n");
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& alarm : response->alarms().alarms()) {
    rows.push_back({coloured(alarm.severity(), colour_of(alarm)), state_of(alarm), date_of(alarm.since_wall_us()),
                    alarm.device(), alarm.department(), alarm.summary()});
  }
  print_table({"SEVERITY", "STATE", "SINCE", "DEVICE", "FOR", "WHAT"}, rows, {4, 3});
  fmt::print("\n");
  for (const auto& alarm : response->alarms().alarms()) {
    const auto action = action_of(alarm);
    fmt::print("  {}{}{}\n", alarm.alarm(), action.empty() ? "" : "  ", coloured(action, Colour::faint));
  }
  return 0;
}

int order(const Common& common, const Arguments& arguments, v1::AlarmVerb verb) {
  v1::Request request;
  auto& out = *request.mutable_alarm_order();
  out.set_verb(verb);
  out.set_alarm(name_of(arguments));
  out.set_by(arguments.by);
  out.set_reason(arguments.reason);
  out.set_span_us(static_cast<std::int64_t>(arguments.span_s * 1e6));
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& alarm = response->alarm_order().alarm();
  if (common.json) {
    print_json(alarm);
    return 0;
  }
  fmt::print("{}  {}\n  {}\n", alarm.alarm(), coloured(state_of(alarm), Colour::good), action_of(alarm));
  return 0;
}

int history(const Common& common, const Arguments& arguments) {
  v1::Request request;
  request.mutable_alarm_history()->set_alarm(name_of(arguments));
  request.mutable_alarm_history()->set_most(arguments.most);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->alarm_history());
    return 0;
  }
  if (response->alarm_history().past().empty()) {
    fmt::print("no alarm has changed yet\n");
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& past : response->alarm_history().past()) {
    const auto who = past.by().empty() ? "" : fmt::format(" by {}", past.by());
    const auto why = past.reason().empty() ? "" : ": " + past.reason();
    rows.push_back({date_of(past.wall_us()), past.from_state() + " -> " + past.to_state(), past.cause() + who + why,
                    past.alarm(), past.summary()});
  }
  print_table({"WHEN", "STEP", "WHY", "ALARM", "WHAT"}, rows);
  return 0;
}

void print_days(const v1::AlarmKpiResponse& kpi) {
  std::vector<Row> rows;
  for (const auto& day : kpi.days()) {
    rows.push_back(
        {day.day(), std::to_string(day.raised()),
         fmt::format("{}/{}/{}/{}", day.raised_critical(), day.raised_high(), day.raised_medium(), day.raised_low()),
         std::to_string(day.peak()), std::to_string(day.floods()),
         fmt::format("{:.1f} %", static_cast<double>(day.in_flood_us()) / 864e6), std::to_string(day.stale()),
         std::to_string(day.chattering()), std::to_string(day.hidden())});
  }
  print_table(
      {"DAY (UTC)", "RAISED", "CRIT/HIGH/MED/LOW", "IN 10 MIN", "FLOODS", "IN FLOOD", "STALE", "CHATTER", "HIDDEN"},
      rows);
}

int kpi(const Common& common) {
  v1::Request request;
  request.mutable_alarm_kpi();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& figures = response->alarm_kpi();
  if (common.json) {
    print_json(figures);
    return 0;
  }
  print_days(figures);
  fmt::print("\nlast 10 minutes: {} raised{}\n", figures.recent(),
             figures.flood() ? ", " + coloured("flood", Colour::bad) : "");
  if (!figures.top().empty()) fmt::print("top offenders of 30 days:\n");
  for (const auto& top : figures.top()) {
    fmt::print("  {:>6}  {}{}\n", top.raised(), top.alarm(),
               top.over() > 0 ? fmt::format("  (at most {} too many)", top.over()) : "");
  }
  for (const auto& alarm : figures.chattering()) fmt::print("chatters: {}\n", alarm);
  for (const auto& alarm : figures.stale()) fmt::print("stale: {}\n", alarm);
  return 0;
}

struct Order {
  const char* name;
  const char* help;
  v1::AlarmVerb verb;
  bool hides;
};

constexpr Order kOrders[] = {
    {"ack", "Say that you have seen it", v1::ALARM_VERB_ACKNOWLEDGE, false},
    {"reset", "Let a latched alarm go, after it was acknowledged", v1::ALARM_VERB_RESET, false},
    {"shelve", "Hide it for a time; it comes out by itself", v1::ALARM_VERB_SHELVE, true},
    {"unshelve", "Take it out before", v1::ALARM_VERB_UNSHELVE, false},
    {"out-of-service", "Hide it until someone puts it back in service", v1::ALARM_VERB_TAKE_OUT_OF_SERVICE, true},
    {"in-service", "Put it back in service", v1::ALARM_VERB_PUT_IN_SERVICE, false},
};

void add_order(CLI::App& alarms, const Common& common, std::function<int()>& chosen, const Order& what) {
  const auto given = std::make_shared<Arguments>();
  auto* sub = alarms.add_subcommand(what.name, what.help);
  sub->add_option("alarm", given->alarm, "Its name as `wayside alarms` shows it, quotes or not")->required();
  auto* reason = sub->add_option("--reason", given->reason, "Why");
  if (what.hides) reason->required();
  sub->add_option("--by", given->by, "Who you are, where several share the account");
  if (what.verb == v1::ALARM_VERB_SHELVE) {
    const CLI::AsNumberWithUnit span(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                                     CLI::AsNumberWithUnit::UNIT_REQUIRED, "SPAN");
    sub->add_option("--for", given->span_s, "For how long: 1m to 7d")->transform(span)->required();
  }
  sub->callback([&common, &chosen, given, verb = what.verb] {
    chosen = [&common, given, verb] { return order(common, *given, verb); };
  });
}

}  // namespace

void add_alarm_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* alarms = app.add_subcommand("alarms", "Alarms that stand, and who answers for them; what to do with them");
  alarms->require_subcommand(0, 1);
  alarms->callback([&common, &chosen, alarms] {
    if (alarms->get_subcommands().empty()) chosen = [&common] { return list(common); };
  });
  alarms->add_subcommand("list", "Those that stand, then those that are hidden")->callback([&common, &chosen] {
    chosen = [&common] { return list(common); };
  });
  for (const auto& what : kOrders) add_order(*alarms, common, chosen, what);
  const auto given = std::make_shared<Arguments>();
  auto* past = alarms->add_subcommand("history", "The last transitions, and who made them");
  past->add_option("alarm", given->alarm, "Only this one");
  past->add_option("--last", given->most, "So many; 0: all that are kept, 512")->capture_default_str();
  past->callback([&common, &chosen, given] { chosen = [&common, given] { return history(common, *given); }; });
  alarms->add_subcommand("kpi", "The figures of 30 days: how many, floods, the worst")->callback([&common, &chosen] {
    chosen = [&common] { return kpi(common); };
  });
}

}  // namespace wayside::cli
