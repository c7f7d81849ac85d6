#include "cli/cmd_alarms.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/output.hpp"
#include "cli/translation.hpp"

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
  auto out = tr_format("{} by {}", tr_word(alarm.action()), alarm.by());
  if (alarm.shelved_left_us() > 0) out += tr_format(" ({} left)", for_people(alarm.shelved_left_us()));
  if (!alarm.reason().empty()) out += ": " + alarm.reason();
  return out;
}

std::string state_of(const v1::Alarm& alarm) {
  std::string out = tr_word(alarm.state());
  if (alarm.state() != alarm.live_state()) out += fmt::format(" ({})", tr_word(alarm.live_state()));
  if (alarm.escalated()) out += tr(", escalated");
  if (alarm.stale()) out += tr(", stale");
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
    tr_print("no alarms\n");
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& alarm : response->alarms().alarms()) {
    rows.push_back({coloured(tr_word(alarm.severity()), colour_of(alarm)), state_of(alarm),
                    date_of(alarm.since_wall_us()), alarm.device(), alarm.department(), alarm.summary()});
  }
  print_table({tr("SEVERITY"), tr("STATE"), tr("SINCE"), tr("DEVICE"), tr("FOR"), tr("WHAT")}, rows, {4, 3});
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
    tr_print("no alarm has changed yet\n");
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& past : response->alarm_history().past()) {
    const auto who = past.by().empty() ? "" : tr_format(" by {}", past.by());
    const auto why = past.reason().empty() ? "" : ": " + past.reason();
    rows.push_back({date_of(past.wall_us()), tr_word(past.from_state()) + " -> " + tr_word(past.to_state()),
                    tr_word(past.cause()) + who + why, past.alarm(), past.summary()});
  }
  print_table({tr("WHEN"), tr("STEP"), tr("WHY"), tr("ALARM"), tr("WHAT")}, rows);
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
  print_table({tr("DAY (UTC)"), tr("RAISED"), tr("CRIT/HIGH/MED/LOW"), tr("IN 10 MIN"), tr("FLOODS"), tr("IN FLOOD"),
               tr("STALE"), tr("CHATTER"), tr("HIDDEN")},
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
  tr_print("\nlast 10 minutes: {} raised{}\n", figures.recent(),
           figures.flood() ? ", " + coloured(tr("flood"), Colour::bad) : "");
  if (!figures.top().empty()) tr_print("top offenders of 30 days:\n");
  for (const auto& top : figures.top()) {
    fmt::print("  {:>6}  {}{}\n", top.raised(), top.alarm(),
               top.over() > 0 ? tr_format("  (at most {} too many)", top.over()) : "");
  }
  for (const auto& alarm : figures.chattering()) tr_print("chatters: {}\n", alarm);
  for (const auto& alarm : figures.stale()) tr_print("stale: {}\n", alarm);
  return 0;
}

struct Order {
  const char* name;
  const char* help;
  v1::AlarmVerb verb;
  bool hides;
};

constexpr Order kOrders[] = {
    {"ack", tr_mark("Say that you have seen it"), v1::ALARM_VERB_ACKNOWLEDGE, false},
    {"reset", tr_mark("Let a latched alarm go, after it was acknowledged"), v1::ALARM_VERB_RESET, false},
    {"shelve", tr_mark("Hide it for a time; it comes out by itself"), v1::ALARM_VERB_SHELVE, true},
    {"unshelve", tr_mark("Take it out before"), v1::ALARM_VERB_UNSHELVE, false},
    {"out-of-service", tr_mark("Hide it until someone puts it back in service"), v1::ALARM_VERB_TAKE_OUT_OF_SERVICE,
     true},
    {"in-service", tr_mark("Put it back in service"), v1::ALARM_VERB_PUT_IN_SERVICE, false},
};

void add_order(CLI::App& alarms, const Common& common, std::function<int()>& chosen, const Order& what) {
  const auto given = std::make_shared<Arguments>();
  auto* sub = alarms.add_subcommand(what.name, tr(what.help));
  sub->add_option("alarm", given->alarm, tr("Its name as `wayside alarms` shows it, quotes or not"))->required();
  auto* reason = sub->add_option("--reason", given->reason, tr("Why"));
  if (what.hides) reason->required();
  sub->add_option("--by", given->by, tr("Who you are, where several share the account"));
  if (what.verb == v1::ALARM_VERB_SHELVE) {
    const CLI::AsNumberWithUnit span(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                                     CLI::AsNumberWithUnit::UNIT_REQUIRED, "SPAN");
    sub->add_option("--for", given->span_s, tr("For how long: 1m to 7d"))->transform(span)->required();
  }
  sub->callback([&common, &chosen, given, verb = what.verb] {
    chosen = [&common, given, verb] { return order(common, *given, verb); };
  });
}

}  // namespace

void add_alarm_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* alarms = app.add_subcommand("alarms", tr("Alarms that stand, and who answers for them; what to do with them"));
  alarms->require_subcommand(0, 1);
  alarms->callback([&common, &chosen, alarms] {
    if (alarms->get_subcommands().empty()) chosen = [&common] { return list(common); };
  });
  alarms->add_subcommand("list", tr("Those that stand, then those that are hidden"))->callback([&common, &chosen] {
    chosen = [&common] { return list(common); };
  });
  for (const auto& what : kOrders) add_order(*alarms, common, chosen, what);
  const auto given = std::make_shared<Arguments>();
  auto* past = alarms->add_subcommand("history", tr("The last transitions, and who made them"));
  past->add_option("alarm", given->alarm, tr("Only this one"));
  past->add_option("--last", given->most, tr("So many; 0: all that are kept, 512"))->capture_default_str();
  past->callback([&common, &chosen, given] { chosen = [&common, given] { return history(common, *given); }; });
  alarms->add_subcommand("kpi", tr("The figures of 30 days: how many, floods, the worst"))
      ->callback([&common, &chosen] { chosen = [&common] { return kpi(common); }; });
}

}  // namespace wayside::cli
