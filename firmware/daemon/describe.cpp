#include "daemon/describe.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/json.hpp"
#include "wire/audit.hpp"

namespace wayside::daemon {
namespace {

std::string quoted(std::string_view text) { return base::json_text(text); }

std::string json_value(const model::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  const auto number = model::as_number(value);
  return number && std::isfinite(*number) ? fmt::format("{}", *number) : "null";
}

std::string when(base::BootTime at, std::optional<base::WallTime> wall) {
  if (!wall) return fmt::format("+{:.3f}s", std::chrono::duration<double>(at.time_since_epoch()).count());
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(wall->time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

constexpr std::uint64_t kHour = 3'600'000'000ULL;  // microseconds

std::string percent(std::optional<std::uint32_t> hundredths) {
  return hundredths ? fmt::format("{}.{:02} %", *hundredths / 100, *hundredths % 100) : "-";
}

std::string or_unknown(const std::string& text) { return text.empty() ? "?" : text; }

// An enumeration by its name: "mode=restore (1)".
std::string shown(const model::PointInfo& info, const model::Value& value) {
  const auto* raw = std::get_if<std::int64_t>(&value);
  const auto name = raw != nullptr ? info.values.find(*raw) : info.values.end();
  return name == info.values.end() ? exact(value) : fmt::format("{} ({})", name->second, *raw);
}

// "1" is UCUM's name of no unit: for people it is nothing.
std::string with_blank(const std::string& unit) { return unit.empty() || unit == "1" ? "" : " " + unit; }

struct Describer {
  const model::PointTable& points;
  std::string at;
  bool hides = false;          // what is sensitive
  bool all_sensitive = false;  // by the event's own class

  Description operator()(const model::Telemetry& telemetry) const {
    Description out;
    std::string values;
    std::string list;
    for (const auto& reading : telemetry.readings) {
      const auto& info = points.info(reading.point);
      out.device = info.device.value;
      const bool good = reading.quality == model::Quality::good;
      const bool hidden = hides && info.data_class == model::DataClass::sensitive;
      values += fmt::format(" {}={}{}{}", info.name, hidden ? kHidden : shown(info, reading.value),
                            hidden ? "" : with_blank(info.unit),
                            good ? "" : fmt::format(" [{}]", model::to_string(reading.quality)));
      list += fmt::format("{}{{\"point\":{},\"value\":{},\"unit\":{},\"quality\":{}}}", list.empty() ? "" : ",",
                          quoted(info.name), hidden ? quoted(kHidden) : json_value(reading.value), quoted(info.unit),
                          quoted(model::to_string(reading.quality)));
    }
    out.line = fmt::format("{} {}{}", at, out.device, values);
    out.json = fmt::format("{{\"at\":{},\"device\":{},\"readings\":[{}]}}", quoted(at), quoted(out.device), list);
    return out;
  }
  Description operator()(const model::AlarmTransition& alarm) const {
    Description out;
    out.device = alarm.device.value;
    const auto& summary = may_show(alarm.data_class) ? alarm.summary : std::string(kHidden);
    const auto who =
        alarm.by.empty() ? "" : fmt::format(" by {}{}{}", alarm.by, alarm.reason.empty() ? "" : ": ", alarm.reason);
    out.line = fmt::format("{} ALARM {} -> {} [{}] {} ({}, for {}; {}{})", at, model::to_string(alarm.from),
                           model::to_string(alarm.to), model::to_string(alarm.severity), summary, alarm.alarm,
                           alarm.escalated_to.empty() ? alarm.place.department : alarm.escalated_to,
                           model::to_string(alarm.cause), who);
    out.json = fmt::format(
        "{{\"at\":{},\"device\":{},\"alarm\":{},\"from\":{},\"to\":{},\"severity\":{},\"summary\":{},\"department\":{},"
        "\"live\":{},\"cause\":{},\"by\":{},\"reason\":{},\"escalated_to\":{}}}",
        quoted(at), quoted(out.device), quoted(alarm.alarm), quoted(model::to_string(alarm.from)),
        quoted(model::to_string(alarm.to)), quoted(model::to_string(alarm.severity)), quoted(summary),
        quoted(alarm.place.department), quoted(model::to_string(alarm.live)), quoted(model::to_string(alarm.cause)),
        quoted(alarm.by), quoted(alarm.reason), quoted(alarm.escalated_to));
    return out;
  }
  Description operator()(const model::ClockAnchor& anchor) const {
    return other("", "clock", "wall clock bound to this boot, source " + anchor.source);
  }
  Description operator()(const model::EpochStarted& started) const {
    return other("", "epoch", "new numbering: " + started.reason);
  }
  Description operator()(const model::Loss& loss) const {
    return other("", "loss",
                 fmt::format("{}{} chunks of stream {} {}, numbers {} to {}", loss.coarse ? "up to " : "", loss.count,
                             model::stream_number(loss.stream), model::to_string(loss.cause), loss.first, loss.last));
  }
  Description operator()(const model::EpochClosed& closed) const {
    return other("", "epoch", "the numbering " + base::to_hex(static_cast<std::uint64_t>(closed.epoch)) + " is closed");
  }
  Description operator()(const model::AuditEntry& entry) const {
    const auto record = wire::read_audit(entry.record);
    if (!record) return other("", "audit", "an entry that cannot be read");
    const auto& note = record->note;
    const auto dot = std::min(note.target.find('.'), note.target.size());
    const auto detail = note.detail.empty() || may_show(note.target.substr(0, dot),
                                                        note.target.substr(std::min(dot + 1, note.target.size())))
                            ? note.detail
                            : std::string(kHidden);
    return other("", "audit",
                 fmt::format("{}: {}{}{} by {}{} [{}]{}{}", record->number, note.action,
                             note.target.empty() ? "" : " of ", note.target, model::to_string(note.origin),
                             note.by.empty() ? "" : " " + note.by, note.outcome, detail.empty() ? "" : " ", detail));
  }
  Description operator()(const model::AuditHead& head) const {
    return other(
        "", "audit",
        fmt::format("the trail has {} entries, digest {}{}", head.number, base::to_hex(head.digest).substr(0, 16),
                    head.signature.empty() ? ", not signed" : ", signed"));
  }
  Description operator()(const model::CatalogueEvent& catalogue) const {
    return other("", "catalogue", fmt::format("new catalogue of {} bytes", catalogue.encoded.size()));
  }
  Description operator()(const model::CommandResult& command) const {
    Description out;
    out.device = command.device.value;
    const auto id = model::point_id(command.device, command.point);
    const bool hidden = !may_show(command.device.value, command.point);
    const auto asked = hidden ? std::string(kHidden) : exact(command.asked) + with_blank(command.unit);
    // Its sentence may have a value in it.
    const auto reason = hidden && !command.reason.empty() ? std::string(kHidden) : command.reason;
    out.line = fmt::format("{} COMMAND {} = {} by {} [{}, written: {}] {}", at, id, asked, command.by,
                           model::to_string(command.outcome), model::to_string(command.written), reason);
    out.json = fmt::format(
        "{{\"at\":{},\"device\":{},\"command\":{},\"point\":{},\"asked\":{},\"by\":{},\"origin\":{},\"outcome\":{},"
        "\"written\":{},\"reason\":{},\"measured_point\":{},\"measured\":{},\"quality\":{}}}",
        quoted(at), quoted(out.device), quoted(command.id), quoted(command.point),
        hidden ? quoted(kHidden) : json_value(command.asked), quoted(command.by),
        quoted(model::to_string(command.origin)), quoted(model::to_string(command.outcome)),
        quoted(model::to_string(command.written)), quoted(reason), quoted(command.measured_point),
        hidden ? quoted(kHidden) : json_value(command.measured), quoted(model::to_string(command.quality)));
    return out;
  }
  Description operator()(const model::HoldChange& change) const {
    return other(
        change.hold.device.value, "hold",
        fmt::format("hold {} by {}, held by {}", model::to_string(change.step), change.by, change.hold.by.text()));
  }
  Description operator()(const model::BaselineImport& import) const {
    return other("", "baselines",
                 fmt::format("priors of {} kinds imported by {}: {} functions begin with them, {} have learned enough",
                             import.kinds.size(), import.by, import.started, import.kept));
  }
  Description operator()(const model::RepairReport& report) const {
    Description out;
    const auto reason = hides && all_sensitive ? std::string(kHidden) : report.reason;
    out.device = report.device.value;
    out.line = fmt::format("{} REPAIR {} for {} [{}, try {} of {}] {}", at, report.action, report.alarm,
                           model::to_string(report.step), report.attempt, report.tries, reason);
    out.json = fmt::format(
        "{{\"at\":{},\"device\":{},\"repair\":{},\"alarm\":{},\"step\":{},\"attempt\":{},\"tries\":{},\"command\":{},"
        "\"reason\":{}}}",
        quoted(at), quoted(out.device), quoted(report.action), quoted(report.alarm),
        quoted(model::to_string(report.step)), report.attempt, report.tries, quoted(report.command), quoted(reason));
    return out;
  }
  Description operator()(const model::DeviceStatus& status) const {
    return other(status.device.value, "device", status.communicating ? "answers" : "does not answer: " + status.reason);
  }
  Description operator()(const model::DataQuality& quality) const {
    if (!quality.hour)
      return other(quality.device.value, "quality", fmt::format("{} points more", quality.points.size()));
    const auto& m = *quality.hour;
    return other(
        quality.device.value, "quality",
        fmt::format("last hour: completeness {}, accuracy {}, consistency {}, timeliness {}", percent(completeness(m)),
                    percent(accuracy(m)), percent(consistency(m)), percent(timeliness(m))));
  }
  Description operator()(const model::Health& health) const {
    return other("", "health",
                 fmt::format("{} of {} devices answer, {} alarms raised, link {}, {} chunks wait",
                             health.devices_answering, health.devices, health.alarms_raised,
                             !health.link      ? "none"
                             : health.link->up ? "up"
                                               : "down",
                             health.store ? health.store->waiting_chunks : 0));
  }
  Description operator()(const model::AssetReport& report) const {
    const auto& record = report.record;
    auto what = fmt::format("{}: unit {}, serial {}, firmware {}, answered {} h, burned {} h", to_string(report.cause),
                            record.generation, or_unknown(record.identity.serial), or_unknown(record.identity.firmware),
                            record.running_us / kHour, record.burn_us() / kHour);
    if (report.closed) {
      what += fmt::format("; taken out: serial {} after {} h", or_unknown(report.closed->identity.serial),
                          report.closed->running_us / kHour);
    }
    return other(record.device.value, "asset", what);
  }

 private:
  [[nodiscard]] bool may_show(model::DataClass of) const { return !hides || of != model::DataClass::sensitive; }
  [[nodiscard]] bool may_show(const std::string& device, std::string_view point) const {
    if (!hides) return true;
    const auto found = points.find(model::DeviceId{device}, point);
    return !all_sensitive && (!found || may_show(points.info(*found).data_class));
  }
  [[nodiscard]] Description other(const std::string& device, std::string_view kind, const std::string& what) const {
    return {device, fmt::format("{} {} {}", at, device.empty() ? kind : std::string_view(device), what),
            fmt::format("{{\"at\":{},\"device\":{},\"kind\":{},\"what\":{}}}", quoted(at), quoted(device), quoted(kind),
                        quoted(what))};
  }
};

}  // namespace

std::string exact(const model::Value& value) {
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || std::trunc(*number) == *number) return model::to_string(value);
  constexpr std::size_t kShort = 12;  // characters; what was 32 bits wide on its way here has many more
  auto text = fmt::format("{}", *number);
  const bool fits = std::abs(*number) <= static_cast<double>(std::numeric_limits<float>::max());
  if (text.size() <= kShort || !fits) return text;
  const auto narrow = static_cast<float>(*number);
  if (static_cast<double>(narrow) != *number) return text;
  // 230.1 and not 230.10000610351562. Its digits, but written as a double: fmt turns to exponents for a float of seven.
  const auto digits = fmt::format("{}", narrow);
  double same = *number;
  std::from_chars(digits.data(), digits.data() + digits.size(), same);
  return fmt::format("{}", same);
}

Description describe(const model::Event& event, const model::PointTable& points, std::optional<base::WallTime> wall,
                     Sensitive sensitive) {
  return std::visit(Describer{points, when(event.at, wall), sensitive == Sensitive::hidden,
                              event.data_class == model::DataClass::sensitive},
                    event.body);
}

}  // namespace wayside::daemon
