#include <fmt/format.h>

#include <cstdio>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/quiet.hpp"
#include "cli/text_width.hpp"
#include "cli/top_view.hpp"
#include "screen/screen.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;
using screen::Key;

constexpr int kExitNoTerminal = 2;
constexpr double kFastest = 0.5;
constexpr double kSlowest = 60;

// False: `data.problem` says why.
bool ask(const Common& common, const v1::Request& request, v1::Response& response, TopData& data) {
  std::string why;
  auto answer = ask_quietly(common.socket, request, why);
  data.problem = answer ? "" : why;
  if (answer) response = std::move(*answer);
  return answer.has_value();
}

// Which point of each device is drawn is looked up once, and again where devices changed.
bool choose_points(const Common& common, TopData& data) {
  v1::Request request;
  request.mutable_points();
  v1::Response response;
  if (!ask(common, request, response, data)) return false;
  data.values.clear();
  for (const auto& device : data.devices.devices()) {
    if (const auto* point = drawn_point(response.points(), device.id())) data.values[device.id()] = *point;
  }
  return true;
}

bool look_at_points(const Common& common, TopData& data) {
  v1::Request request;
  for (const auto& [device, point] : data.values) request.mutable_points()->add_points(device + "." + point.point());
  if (data.values.empty()) return true;
  v1::Response response;
  if (!ask(common, request, response, data)) return false;
  for (auto& point : *response.mutable_points()->mutable_points()) {
    const auto device = point.device();
    data.values[device] = std::move(point);
  }
  return true;
}

// One look at everything. Where it fails what was there stays, and says that it is old.
void look(const Common& common, TopData& data) {
  v1::Request requests[5];
  requests[0].mutable_status();
  requests[1].mutable_devices();
  requests[2].mutable_buses();
  requests[3].mutable_alarms();
  requests[4].mutable_checkup();
  v1::Response answers[5];
  for (std::size_t i = 0; i < std::size(requests); ++i) {
    if (!ask(common, requests[i], answers[i], data)) return;
  }
  const auto devices = data.devices.devices_size();
  const auto before = std::move(data.checkup);
  const auto up_before = data.status.uptime_us();
  data.status = std::move(*answers[0].mutable_status());
  const auto seconds = up_before > 0 ? static_cast<double>(data.status.uptime_us() - up_before) / 1e6 : 0;
  data.devices = std::move(*answers[1].mutable_devices());
  data.buses = std::move(*answers[2].mutable_buses());
  data.alarms = std::move(*answers[3].mutable_alarms());
  data.checkup = std::move(*answers[4].mutable_checkup());
  // A device without a value yet may have one by now.
  const bool anew = devices != data.devices.devices_size() ||
                    data.values.size() < static_cast<std::size_t>(data.devices.devices_size());
  if (anew ? choose_points(common, data) : look_at_points(common, data)) remember(data, before, seconds);
}

void draw(screen::Screen& screen, const TopData& data, TopState& state) {
  const auto columns = static_cast<std::size_t>(std::max(screen.columns(), 0));
  const auto made = page(data, state, static_cast<std::size_t>(std::max(screen.rows(), 0)), columns,
                         screen.takes_utf8() ? Ink::braille : Ink::ascii);
  screen.clear();
  for (std::size_t row = 0; row < made.lines.size(); ++row) {
    std::size_t column = 0;
    for (const auto& span : made.lines[row]) {
      if (column >= columns) break;
      // The last cell of the last line: to write there would scroll some terminals.
      const auto room = columns - column - (row + 1 == made.lines.size() ? 1 : 0);
      const auto text = cut_to(span.text, room);
      screen.put(static_cast<int>(row), static_cast<int>(column), text, span.style);
      column += width_of(text);
    }
  }
  screen.show();
}

enum class Act { draw, look, end };

Act act_on_letter(char letter, TopState& state) {
  switch (letter) {
    case 'q': return Act::end;
    case 'h':
    case '?': state.help = !state.help; return Act::draw;
    case 'b': state.only_bad = !state.only_bad; return Act::draw;
    case 's': state.sort = static_cast<Sort>((static_cast<int>(state.sort) + 1) % 4); return Act::draw;
    case ' ':
    case 'p': state.paused = !state.paused; return Act::draw;
    case 'r': return Act::look;
    case '+': state.every = std::max(kFastest, state.every / 2); return Act::draw;
    case '-': state.every = std::min(kSlowest, state.every * 2); return Act::draw;
    case 'k': state.selected -= state.selected > 0 ? 1 : 0; return Act::draw;
    case 'j': ++state.selected; return Act::draw;
    default: return Act::draw;
  }
}

char letter_of(int function) {
  switch (function) {
    case 1: return 'h';
    case 3: return 'b';
    case 5: return 'r';
    case 6: return 's';
    case 10: return 'q';
    default: return 0;
  }
}

Act act_on(const screen::Input& input, std::size_t devices, TopState& state) {
  constexpr std::size_t kPage = 10;
  switch (input.key) {
    case Key::stop: return Act::end;
    case Key::escape: return state.help ? act_on_letter('h', state) : Act::end;
    case Key::letter: return act_on_letter(input.letter, state);
    case Key::function: return act_on_letter(letter_of(input.number), state);
    case Key::up: return act_on_letter('k', state);
    case Key::down: return act_on_letter('j', state);
    case Key::page_up: state.selected -= std::min(state.selected, kPage); return Act::draw;
    case Key::page_down: state.selected += kPage; return Act::draw;
    case Key::home: state.selected = 0; return Act::draw;
    case Key::end: state.selected = devices; return Act::draw;
    case Key::none:
    case Key::enter:
    case Key::resized: return Act::draw;
  }
  return Act::draw;
}

}  // namespace

int cmd_top(const Common& common) {
  TopData data;
  TopState state;
  look(common, data);
  if (!data.problem.empty()) {
    fmt::print(stderr, "wayside: {}\n", data.problem);
    return kExitUnavailable;
  }
  const Interrupt interrupt;
  auto screen = screen::Screen::open();
  if (!screen) {
    fmt::print(stderr, "wayside: {}\n", screen.error().what);
    return kExitNoTerminal;
  }
  constexpr double kStep = 0.25;  // seconds
  double waited = 0;
  auto act = Act::draw;
  while (act != Act::end) {
    draw(**screen, data, state);
    const auto input = (*screen)->wait(static_cast<int>(kStep * 1000), interrupt.fd());
    act = act_on(input, static_cast<std::size_t>(data.devices.devices_size()), state);
    if (input.key == Key::none) waited += kStep;
    if (act == Act::look || (!state.paused && waited >= state.every)) {
      look(common, data);
      waited = 0;
    }
  }
  return 0;
}

}  // namespace wayside::cli
