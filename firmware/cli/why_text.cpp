#include "cli/why_text.hpp"

#include <fmt/format.h>

#include <map>

#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

std::string number(double value) { return fmt::format("{:.6g}", value); }

// for_people() counts whole seconds.
std::string short_span(std::int64_t us) { return us < 2'000'000 ? fmt::format("{} ms", us / 1000) : for_people(us); }

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || unit == "1" ? text : text + " " + unit;
}

std::string range_text(const v1::WhyPoint& why) {
  const auto least = why.has_valid_min() ? number(why.valid_min()) : std::string(tr("anything"));
  const auto most = why.has_valid_max() ? number(why.valid_max()) : std::string(tr("anything"));
  return with_unit(tr_format("{} to {}", least, most), why.newest().unit());
}

// What a mark of the quality checks means, and by which limit it was set (docs/data-quality.md).
std::string fault_text(const std::string& fault, const v1::WhyPoint& why) {
  const auto& unit = why.newest().unit();
  if (fault == "range") {
    if (!why.has_valid_min() && !why.has_valid_max()) return tr("range: a value that its profile does not name");
    return tr("range: outside of what the profile calls valid, ") + range_text(why);
  }
  if (fault == "rate") {
    return tr_format("rate: it changed faster than {} a second, the most that the profile allows",
                     with_unit(number(why.max_rate()), unit));
  }
  if (fault == "stuck") {
    return tr_format("stuck: unchanged for {} and more while the device answers", for_people(why.stuck_after_us()));
  }
  if (fault == "sentinel")
    return tr("sentinel: the device sent a code that means \"no value\", or reports its own failure");
  if (fault == "driver")
    return tr("driver: the driver doubts it (a counter that was reset, too few sources, a contradiction)");
  if (fault == "type") return tr("type: another kind of value than before");
  if (fault == "outdated") return tr("outdated: older than the read that it came with");
  if (fault == "impossible_time")
    return tr("impossible_time: it says that it is from the future, or from before the boot");
  if (fault == "late") return tr("late: taken more than a period after its poll was due");
  if (fault == "silent") return tr("silent: nothing was measured");
  return fault;
}

void explain_quality(const v1::WhyPoint& why, std::vector<Line>& out) {
  if (why.newest().age_us() < 0) return;
  if (why.faults().empty()) {
    const bool checked = why.has_valid_min() || why.has_valid_max() || why.has_max_rate() || why.stuck_after_us() > 0;
    out.push_back(
        {tr("checks"), checked ? tr("none of its limits marks it") : tr("its profile gives no limits to check it by")});
  }
  const char* label = tr("checks");
  for (const auto& fault : why.faults()) {
    out.push_back({label, fault_text(fault, why)});
    label = "";
  }
  if (why.newest().stale()) {
    out.push_back({label, tr("too old for rules: more than three periods of ") + short_span(why.newest().period_us())});
  }
}

void explain_recording(const v1::WhyPoint& why, std::vector<Line>& out) {
  if (why.told_us_ago() < 0) return;
  std::string text = tr("every sample is sent");
  if (why.has_dead_band()) {
    const auto& band = why.dead_band();
    const auto width =
        band.percent() > 0 ? number(band.percent()) + " %" : with_unit(number(band.absolute()), why.newest().unit());
    text = tr_format("sent when it changes by {}, and every {}; ", width, for_people(band.at_least_us()));
    text += why.held_back()
                ? tr_format("the newest was held back, the last one sent is {} old", for_people(why.told_us_ago()))
                : tr("the newest was sent");
  }
  out.push_back({tr("recorded"), text});
}

std::string rule_says(const v1::WhyRule& rule) {
  if (rule.state() != "normal") return coloured(tr_word(rule.state()), Colour::bad) + ": " + rule.summary();
  if (rule.unknown()) return tr("unknown: an input is bad or missing, so it neither raises nor clears");
  if (rule.pending())
    return tr_format("about to be raised: it holds, but not yet for {}", short_span(rule.hold_for_us()));
  return tr("normal");
}

void explain_rules(const v1::WhyPoint& why, std::vector<Line>& out) {
  if (why.rules().empty()) out.push_back({tr("rules"), tr("none reads it")});
  const char* label = tr("rules");
  for (const auto& rule : why.rules()) {
    out.push_back({label, rule.alarm() + ": " + rule_says(rule)});
    label = "";
  }
}

void explain_good(const v1::WhyPoint& why, std::vector<Line>& out) {
  if (why.good_us_ago() < 0) {
    out.push_back({tr("last good"), tr("none since the start of the daemon")});
    return;
  }
  auto text = tr_format("{}, {} ago", value_text(why.good_value(), why.good_value_name(), why.newest().unit()),
                        for_people(why.good_us_ago()));
  if (why.good_wall_us() > 0) text += " (" + date_text(why.good_wall_us()) + ")";
  out.push_back({tr("last good"), text});
}

std::string address_of(const v1::Device& device) {
  return device.address().empty() ? tr_format("unit {}", device.unit()) : tr_format("address {}", device.address());
}

// What is to be done, the nearest cause first.
std::string advice(const v1::WhyPoint& why) {
  const auto& newest = why.newest();
  if (why.has_device() && !why.device().device().communicating()) return silence(why.device());
  if (!why.parked().empty()) {
    return tr_format(
        "The device does not give this point ({}): it is not read. See whether the profile fits this unit and its "
        "firmware.",
        why.parked());
  }
  const auto severity = newest.quality_code() >> 30U;
  if (newest.age_us() < 0) return tr("Nothing was measured yet.");
  if (newest.stale())
    return tr("It is not read as often as it should be: see `wayside bus list` for a bus that is too full.");
  if (severity == 0) return tr("Nothing is wrong: the newest sample is good.");
  if (newest.derived()) return tr("It is computed, and is no better than the worst of its inputs.");
  if (!why.faults().empty()) return tr("The device answers; the newest sample was marked as said under `checks`.");
  return tr("The device answers, and says by this quality that it has no better value.");
}

void explain_derived(const v1::WhyPoint& why, std::vector<Line>& out) {
  if (!why.made_by().empty()) out.push_back({tr("made by"), why.made_by()});
  if (!why.expression().empty()) out.push_back({"", why.expression()});
  if (why.made_by().empty()) out.push_back({tr("made by"), tr("the gateway itself")});
  const char* label = tr("of");
  for (const auto& input : why.inputs()) {
    out.push_back({label, fmt::format("{} = {}  [{}]", point_name(input), value_text(input), quality_text(input))});
    label = "";
  }
}

}  // namespace

std::string silence(const v1::WhyDevice& why) {
  const auto& device = why.device();
  if (device.communicating()) return {};
  const auto& bus = why.bus();
  if (bus.line_away()) {
    return tr_format(
        "The line of bus {} cannot be reached ({}): see to the adapter, the cable or the network; no "
        "device on it can answer.",
        bus.id(), bus.transport());
  }
  if (bus.devices() > 1 && bus.devices_communicating() == 0) {
    return tr_format(
        "None of the {} devices of bus {} answers: see to the line (A and B swapped, termination, "
        "supply, speed) before this device.",
        bus.devices(), bus.id());
  }
  const auto others = bus.devices() > 1 ? tr_format("Others on bus {} answer, so the line works: ", bus.id())
                                        : std::string(tr("It is alone on its bus: "));
  return others +
         tr_format("see to the supply of {}, its {} and its speed and parity.", device.id(), address_of(device));
}

void explain_device(const v1::WhyDevice& why, std::vector<Line>& out) {
  const auto& bus = why.bus();
  const auto& device = why.device();
  out.push_back({tr("bus"), tr_format("{} ({}): {}; {} of {} devices answer; {} without an answer and {} broken of {} "
                                      "requests",
                                      bus.id(), bus.transport(),
                                      bus.line_away() ? coloured(tr("cannot be reached"), Colour::bad) : tr("open"),
                                      bus.devices_communicating(), bus.devices(), bus.timeouts(),
                                      bus.checksum_errors() + bus.foreign_replies(), bus.transactions())});
  out.push_back(
      {tr("device"),
       tr_format("{}, {}: {} for {}; {} polls, {} failed; may take {} ms to answer", device.id(), address_of(device),
                 device.communicating() ? coloured(tr("answers"), Colour::good)
                                        : coloured(tr("does not answer"), Colour::bad),
                 for_people(device.since_us_ago()), device.polls(), device.failures(), why.timeout_us() / 1000)});
  if (why.timeouts() + why.busy() + why.refused() > 0) {
    out.push_back(
        {"", tr_format("{} timeouts, {} times busy, {} reads refused", why.timeouts(), why.busy(), why.refused())});
  }
  if (!device.last_error().empty()) {
    out.push_back(
        {tr("last error"), device.last_error() + (device.communicating() ? tr(" (since then it answered)") : "")});
  }
  if (!device.communicating()) {
    out.push_back({tr("answered"), device.last_answer_us_ago() < 0
                                       ? tr("never since the start of the daemon")
                                       : tr_format("{} ago", for_people(device.last_answer_us_ago()))});
  }
  const char* label = tr("frames");
  for (const auto& frame : why.exchange()) {
    std::string bytes;
    for (const char byte : frame.bytes()) bytes += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
    constexpr std::size_t kMostShown = 16;  // bytes, of three characters
    if (frame.bytes().size() > kMostShown) {
      bytes = bytes.substr(0, 3 * kMostShown) + tr_format(" .. ({} bytes)", frame.bytes().size());
    }
    out.push_back(
        {label,
         fmt::format("{}{}{}", frame.sent() ? "->" : "<-", bytes, frame.note().empty() ? "" : "  " + frame.note()),
         true});
    label = "";
  }
  if (!why.exchange().empty() && why.exchange(why.exchange_size() - 1).sent()) {
    out.push_back({"", tr_format("<- nothing within {} ms", why.timeout_us() / 1000)});
  }
}

std::vector<Line> explain(const v1::WhyPoint& why) {
  std::vector<Line> out;
  const auto& newest = why.newest();
  out.push_back({point_name(newest), ""});
  if (!newest.meaning().empty()) out.push_back({tr("is"), newest.meaning()});
  out.push_back(
      {tr("newest"), fmt::format("{}  [{}]  {}", value_text(newest), quality_text(newest),
                                 newest.age_us() < 0 ? tr("never measured") : tr_format("{} old", age_text(newest)))});
  explain_good(why, out);
  out.push_back({tr("so"), advice(why)});
  if (why.has_device()) explain_device(why.device(), out);
  if (newest.derived()) {
    explain_derived(why, out);
  } else if (!why.source().empty()) {
    out.push_back({tr("read from"), tr_format("{}, as profile {} version {} says", why.source(),
                                              why.device().device().profile(), why.device().profile_version())});
  }
  if (!why.parked().empty()) out.push_back({"", tr("not read: ") + why.parked()});
  explain_quality(why, out);
  explain_recording(why, out);
  explain_rules(why, out);
  return out;
}

std::vector<Line> explain(const v1::WhyAlarm& why) {
  std::vector<Line> out;
  const auto& alarm = why.alarm();
  const bool normal = alarm.state() == "normal";
  out.push_back({alarm.alarm(), ""});
  out.push_back(
      {tr("is"), (normal ? coloured(tr("normal"), Colour::good) : coloured(tr_word(alarm.state()), Colour::bad)) +
                     (alarm.since_wall_us() > 0 ? tr_format(" since {}", date_text(alarm.since_wall_us())) : "")});
  const auto summary = normal ? std::string() : alarm.summary();
  if (!summary.empty()) out.push_back({tr("says"), summary});
  const auto& department = alarm.department().empty() ? why.rule().department() : alarm.department();
  const auto& severity = alarm.severity().empty() ? why.rule().severity() : alarm.severity();
  if (!severity.empty()) out.push_back({tr("severity"), tr_word(severity)});
  if (!department.empty()) out.push_back({tr("department"), department});
  if (!alarm.by().empty()) {
    out.push_back({tr("touched"), tr_format("{} by {}{}", tr_word(alarm.action()), alarm.by(),
                                            alarm.reason().empty() ? "" : ": " + alarm.reason())});
  }
  if (alarm.shelved_left_us() > 0)
    out.push_back({"", tr_format("shelved for {} more", for_people(alarm.shelved_left_us()))});
  for (const auto& parent : why.hidden_by()) out.push_back({tr("hidden by"), parent});
  if (why.has_rule()) {
    const auto& rule = why.rule();
    out.push_back({tr("rule"), tr_format("{}, version {}", rule.place(), rule.version())});
    out.push_back(
        {tr("raised if"),
         rule.expression() + (rule.hold_for_us() > 0 ? tr_format("  for {}", short_span(rule.hold_for_us())) : "")});
    if (!rule.clear().empty()) out.push_back({tr("ends if"), rule.clear()});
    out.push_back({tr("now"), rule.unknown()
                                  ? tr("unknown: an input is bad or missing, so it neither raises nor clears")
                              : rule.pending() ? tr("the condition holds, its time is not up yet")
                              : normal         ? tr("the condition does not hold")
                                               : tr("it stands")});
  } else {
    out.push_back({tr("rule"), tr("none: the gateway raises it about the alarms themselves, and it ends by itself")});
  }
  const char* label = tr("reads");
  for (const auto& input : why.inputs()) {
    out.push_back({label, tr_format("{} = {}  [{}]  {} old", point_name(input), value_text(input), quality_text(input),
                                    age_text(input))});
    label = "";
  }
  for (const auto& device : why.silent()) {
    explain_device(device, out);
    out.push_back({tr("so"), silence(device)});
  }
  label = tr("history");
  for (const auto& past : why.past()) {
    out.push_back({label, fmt::format("{}  {} ({}){}", past.wall_us() > 0 ? date_text(past.wall_us()) : tr("undated"),
                                      tr_word(past.to_state()), tr_word(past.cause()),
                                      past.by().empty() ? "" : tr_format(" by {}", past.by()))});
    label = "";
  }
  label = tr("to do");
  // A map of protobuf has no order of its own.
  const std::map<std::string, std::string> annotations(why.rule().annotations().begin(),
                                                       why.rule().annotations().end());
  for (const auto& [name, text] : annotations) {
    if (name == "summary") continue;  // said above, filled in
    out.push_back({label, fmt::format("{}: {}", name, text)});
    label = "";
  }
  if (!normal) {
    out.push_back({label, tr_format("`wayside alarms ack '{}'` says that you have seen it; `wayside why` of a point "
                                    "above tells how its value came about",
                                    alarm.alarm())});
  }
  return out;
}

}  // namespace wayside::cli
