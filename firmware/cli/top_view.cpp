#include "cli/top_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/text_width.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;
using screen::Style;

constexpr std::size_t kMostHistory = 256;
constexpr std::size_t kMostBuses = 4;
constexpr std::size_t kMostAlarms = 5;

// Cut or filled to this many columns.
std::string fit(const std::string& text, std::size_t width) {
  const auto cut = cut_to(text, width);
  return cut + std::string(width - std::min(width, width_of(cut)), ' ');
}

Spans head_line(const TopData& data, const TopState& state) {
  const auto& status = data.status;
  Spans out{{"wayside top  ", Style::faint}, {status.gateway(), Style::plain}};
  out.push_back({tr_format("  up {}  clock ", for_people(status.uptime_us()))});
  out.push_back(status.clock_trusted() ? Span{tr("trusted"), Style::good} : Span{tr("not trusted"), Style::warning});
  if (state.paused) out.push_back({tr("  paused"), Style::warning});
  if (!data.problem.empty()) out.push_back({"  " + data.problem, Style::bad});
  return out;
}

Spans store_line(const TopData& data) {
  const auto& store = data.status.store();
  Spans out{{tr("store   "), Style::faint}};
  out.push_back(
      {tr_format("{} chunks wait ({}), takes {} of {}", store.chunks_waiting(), bytes_for_people(store.bytes_waiting()),
                 bytes_for_people(store.taken_bytes()), bytes_for_people(store.max_bytes()))});
  if (store.evicted() + store.damaged() > 0) {
    out.push_back({tr_format("  lost {}", store.evicted() + store.damaged()), Style::bad});
  }
  return out;
}

Spans uplink_line(const TopData& data) {
  const auto& uplink = data.status.uplink();
  Spans out{{tr("uplink  "), Style::faint}};
  if (uplink.broker().empty()) {
    out.push_back({tr("none is configured")});
    return out;
  }
  out.push_back(uplink.up() ? Span{tr("up"), Style::good} : Span{tr("down"), Style::bad});
  out.push_back({tr_format(" for {}, {}", for_people(uplink.since_us_ago()), uplink.broker())});
  out.push_back({uplink.up() ? tr_format(", {} in flight, acknowledged {} ago", uplink.in_flight(),
                                         for_people(uplink.last_ack_us_ago()))
                             : ": " + uplink.reason()});
  return out;
}

Spans bus_line(const TopData& data, const v1::Bus& bus, Ink ink) {
  constexpr std::size_t kBar = 12;
  const auto found = data.use.find(bus.id());
  const int use = found == data.use.end() ? 0 : std::clamp(found->second, 0, 100);
  const auto filled = (static_cast<std::size_t>(use) * kBar + 50) / 100;
  const char* dot = ink == Ink::braille ? "█" : "|";
  std::string bar;
  for (std::size_t i = 0; i < kBar; ++i) bar += i < filled ? dot : " ";
  const auto style = use > 95 ? Style::bad : use > 80 ? Style::warning : Style::good;
  Spans out{
      {tr("bus     "), Style::faint}, {fit(bus.id(), 12) + " ["}, {bar, style}, {fmt::format("] {:>3} %  ", use)}};
  if (bus.line_away()) {
    out.push_back({tr("line away"), Style::bad});
  } else {
    const bool all = bus.devices_communicating() == bus.devices();
    out.push_back(
        {tr_format("{}/{} answer", bus.devices_communicating(), bus.devices()), all ? Style::good : Style::bad});
    out.push_back({tr_format("  {} silent, {} wrong", bus.timeouts(), bus.checksum_errors() + bus.foreign_replies())});
  }
  return out;
}

void add_alarms(const TopData& data, std::size_t room, std::vector<Spans>& out) {
  const auto& all = data.alarms.alarms();
  const auto raised = data.status.alarms_raised();
  out.push_back({{tr("alarms  "), Style::faint},
                 {tr_format("{} raised", raised), raised > 0 ? Style::bad : Style::good},
                 {all.empty() ? std::string() : tr_format(", {} listed", all.size())}});
  const auto shown = std::min<std::size_t>(static_cast<std::size_t>(all.size()), std::min(room, kMostAlarms));
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& alarm = all[static_cast<int>(i)];
    const bool severe = alarm.severity() == "critical" || alarm.severity() == "high";
    out.push_back({{"        "},
                   {fit(tr_word(alarm.severity()), 9), severe ? Style::bad : Style::warning},
                   {fit(tr_word(alarm.state()), 13)},
                   {alarm.summary().empty() ? alarm.alarm() : alarm.summary()}});
  }
}

std::string answered(const v1::Device& device) { return for_people(device.last_answer_us_ago()); }

bool is_well(const v1::Device& device) { return device.communicating() && device.points_good() == device.points(); }

Spans device_line(const TopData& data, const v1::Device& device, std::size_t columns, bool selected, Ink ink) {
  constexpr std::size_t kFixed = 16 + 11 + 9 + 8 + 8 + 16;
  const auto value = data.values.find(device.id());
  const auto history = data.history.find(device.id());
  const auto state = device.communicating() ? tr("answers") : device.line_away() ? tr("line away") : tr("silent");
  const auto text = value == data.values.end() ? std::string("-") : value_text(value->second);
  const auto style = !device.communicating() ? Style::bad : is_well(device) ? Style::good : Style::warning;
  const auto width = columns > kFixed ? columns - kFixed : 0;
  Spans out{{fit(device.id(), 15) + " "},
            {fit(state, 10) + " ", style},
            {fit(fmt::format("{}/{}", device.points_good(), device.points()), 8) + " "},
            {fit(std::to_string(device.failures()), 7) + " "},
            {fit(answered(device), 7) + " "},
            {fit(text, 15) + " "},
            {history == data.history.end() ? std::string() : sparkline(history->second, width, ink), Style::good}};
  if (selected) {
    for (auto& span : out) span.style = Style::selected;
  }
  return out;
}

std::vector<Spans> help_lines() {
  const std::vector<std::pair<const char*, const char*>> keys{
      {"Up Down", tr("select a device")},
      {"PgUp PgDn Home End", tr("move in the list")},
      {"F3 b", tr("only what is not well")},
      {"F6 s", tr("sort: trouble, device, failed, as configured")},
      {"Space p", tr("hold the picture")},
      {"+ -", tr("look more or less often")},
      {"F5 r", tr("look now")},
      {"F1 h ?", tr("this help")},
      {"F10 q Esc", tr("end")}};
  std::vector<Spans> out{{{tr("wayside top: keys"), Style::plain}}, {}};
  for (const auto& [key, what] : keys) out.push_back({{fmt::format("  {:<20}", key), Style::warning}, {what}});
  out.push_back({});
  out.push_back({{tr("The curve is a device's first measured number; a gap: it was not usable.")}});
  out.push_back({{tr("`wayside why DEVICE.POINT` explains what is red here.")}});
  return out;
}

Spans key_bar(const TopState& state, std::size_t columns) {
  Spans out;
  std::size_t used = 0;
  const std::vector<std::pair<std::string, std::string>> keys{
      {"F1", tr("Help")},  {"F3", state.only_bad ? tr("All") : tr("Bad only")},
      {"F5", tr("Now")},   {"F6", tr_format("Sort:{}", tr_word(std::string(to_string(state.sort))))},
      {"Spc", tr("Hold")}, {"+-", fmt::format("{:g}s", state.every)},
      {"F10", tr("Quit")}};
  for (const auto& [key, what] : keys) {
    out.push_back({key, Style::plain});
    out.push_back({what + " ", Style::head});
    used += width_of(key) + width_of(what) + 1;
  }
  // Not to the very end: that cell is not written.
  if (used + 1 < columns) out.push_back({std::string(columns - used - 1, ' '), Style::head});
  return out;
}

int trouble_of(const v1::Device& device) { return device.communicating() ? (is_well(device) ? 2 : 1) : 0; }

void scroll(TopState& state, std::size_t count, std::size_t room) {
  state.selected = count == 0 ? 0 : std::min(state.selected, count - 1);
  if (state.selected < state.first) state.first = state.selected;
  if (room > 0 && state.selected >= state.first + room) state.first = state.selected + 1 - room;
  if (state.first + room > count) state.first = count > room ? count - room : 0;
}

}  // namespace

std::string_view to_string(Sort sort) {
  switch (sort) {
    case Sort::configured: return "config";
    case Sort::trouble: return "trouble";
    case Sort::device: return "device";
    case Sort::failed: return "failed";
  }
  return "?";
}

const v1::Point* drawn_point(const v1::PointsResponse& points, const std::string& device) {
  const v1::Point* truth = nullptr;
  for (const auto& point : points.points()) {
    if (point.device() != device || !point.has_number() || point.derived()) continue;
    if (point.value() != "true" && point.value() != "false") return &point;
    if (truth == nullptr) truth = &point;
  }
  return truth;
}

void remember(TopData& data, const v1::CheckupResponse& before, double seconds) {
  for (const auto& bus : data.checkup.buses()) {
    data.use[bus.bus()] = static_cast<int>(bus.used_per_mille() / 10);
    for (const auto& earlier : before.buses()) {
      if (earlier.bus() != bus.bus() || seconds <= 0) continue;
      const auto spent = static_cast<double>(bus.used_us() - earlier.used_us()) / 1e6;
      if (spent >= 0) data.use[bus.bus()] = static_cast<int>(spent / seconds * 100 + 0.5);
    }
  }
  for (const auto& [device, point] : data.values) {
    const bool usable =
        point.has_number() && (point.quality_code() >> 30U) < 2 && !point.stale() && point.age_us() >= 0;
    auto& history = data.history[device];
    history.push_back(usable ? std::optional(point.number()) : std::nullopt);
    if (history.size() > kMostHistory) history.erase(history.begin());
  }
}

std::vector<const v1::Device*> listed(const TopData& data, const TopState& state) {
  std::vector<const v1::Device*> out;
  for (const auto& device : data.devices.devices()) {
    if (!state.only_bad || !is_well(device)) out.push_back(&device);
  }
  switch (state.sort) {
    case Sort::configured: break;
    case Sort::trouble:
      std::ranges::stable_sort(out, {}, [](const v1::Device* device) { return trouble_of(*device); });
      break;
    case Sort::device: std::ranges::stable_sort(out, {}, [](const v1::Device* device) { return device->id(); }); break;
    case Sort::failed:
      std::ranges::stable_sort(out, std::greater<>{}, [](const v1::Device* device) { return device->failures(); });
      break;
  }
  return out;
}

Page page(const TopData& data, TopState& state, std::size_t rows, std::size_t columns, Ink ink) {
  Page out;
  if (rows == 0) return out;
  if (state.help) {
    out.lines = help_lines();
    out.lines.resize(std::min(out.lines.size(), rows));
    return out;
  }
  out.lines = {head_line(data, state), store_line(data), uplink_line(data)};
  const auto& buses = data.buses.buses();
  for (int i = 0; i < buses.size() && i < static_cast<int>(kMostBuses); ++i) {
    out.lines.push_back(bus_line(data, buses[i], ink));
  }
  // At least a third of the screen is for devices.
  const auto room = rows > out.lines.size() + 3 + rows / 3 ? rows - out.lines.size() - 3 - rows / 3 : 0;
  add_alarms(data, room, out.lines);
  out.lines.push_back({{fit(fmt::format("{:<15} {:<10} {:<8} {:<7} {:<7} {:<15} {}", tr("DEVICE"), tr("STATE"),
                                        tr("GOOD"), tr("FAILED"), tr("ANSWER"), tr("VALUE"), tr("OF LATE")),
                            columns),
                        Style::head}});
  out.first_device = out.lines.size();
  const auto all = listed(data, state);
  out.device_rows = rows > out.lines.size() + 1 ? rows - out.lines.size() - 1 : 0;
  scroll(state, all.size(), out.device_rows);
  for (std::size_t i = state.first; i < all.size() && i < state.first + out.device_rows; ++i) {
    out.lines.push_back(device_line(data, *all[i], columns, i == state.selected, ink));
  }
  if (all.empty())
    out.lines.push_back({{state.only_bad ? tr("every device is well") : tr("no devices"), Style::faint}});
  out.lines.resize(rows - 1);
  out.lines.push_back(key_bar(state, columns));
  return out;
}

}  // namespace wayside::cli
