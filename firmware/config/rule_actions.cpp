#include "config/rule_actions.hpp"

#include <algorithm>
#include <charconv>

namespace wayside::config {
namespace {

using model::PlanStep;
using model::RepairKind;
using model::RepairSpec;

constexpr std::chrono::hours kLongestWithin{24 * 7};
constexpr std::chrono::minutes kLongestOff{10};
constexpr std::int64_t kMostTries = 100;
constexpr std::size_t kMostSteps = 24;
constexpr std::size_t kMostActions = 8;
constexpr int kMostFromSun = 6 * 60;

constexpr std::array kKinds{
    Choice<RepairKind>{"command", RepairKind::command},
    Choice<RepairKind>{"power_cycle", RepairKind::power_cycle},
    Choice<RepairKind>{"set_up", RepairKind::set_up},
    Choice<RepairKind>{"light_plan", RepairKind::light_plan},
};

enum class When : std::uint8_t { raise, clear };
constexpr std::array kWhen{
    Choice<When>{"raise", When::raise},
    Choice<When>{"clear", When::clear},
};

// "22:30" in minutes.
std::optional<int> read_clock(std::string_view text) {
  int hour = 0;
  int minute = 0;
  const auto* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, hour);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':' || end - first.ptr != 3) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minute);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

// "", "+15m", "-1h": minutes.
std::optional<int> read_offset(std::string_view text) {
  if (text.empty()) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '-' && text.front() != '+') return std::nullopt;
  int amount = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 1, end, amount);
  if (read.ec != std::errc{} || end - read.ptr != 1 || amount < 0 || amount > kMostFromSun) return std::nullopt;
  const int minutes = *read.ptr == 'h' ? amount * 60 : *read.ptr == 'm' ? amount : kMostFromSun + 1;
  return minutes > kMostFromSun ? std::nullopt : std::optional(sign * minutes);
}

std::optional<PlanStep> read_step(const Value& value) {
  MapReader map(value);
  PlanStep step;
  bool good = false;
  if (const auto v = map.need("at")) {
    const auto text = v->scalar().value_or("");
    std::optional<int> minutes;
    for (const auto& [name, from] : {std::pair{std::string_view("sunrise"), PlanStep::From::sunrise},
                                     std::pair{std::string_view("sunset"), PlanStep::From::sunset}}) {
      if (!text.starts_with(name)) continue;
      step.from = from;
      minutes = read_offset(std::string_view(text).substr(name.size()));
    }
    if (step.from == PlanStep::From::clock) minutes = read_clock(text);
    if (!minutes) v->expected("a time of day such as \"22:30\", or sunset, sunrise, sunset+15m (at most 6h)");
    step.minutes = minutes.value_or(0);
    good = minutes.has_value();
  }
  if (const auto v = map.need("value")) {
    take(step.value, v->scalar());
  } else {
    good = false;
  }
  map.finish();
  return good ? std::optional(std::move(step)) : std::nullopt;
}

void read_plan(MapReader& map, RepairSpec& action) {
  action.again_after = std::chrono::minutes{1};
  action.tries = 12;
  const auto list = map.need("plan");
  if (!list) return;
  const auto items = list->items();
  if (items.empty() || items.size() > kMostSteps) return list->expected("1 to 24 steps");
  for (const auto& item : items) {
    if (auto step = read_step(item)) action.plan.push_back(*std::move(step));
  }
  if (const auto v = map.find("afterwards")) take(action.afterwards, v->scalar());
}

void read_kind(MapReader& map, RepairSpec& action) {
  if (action.kind != RepairKind::set_up) {
    if (const auto v = map.need("point")) take(action.point, v->text());
  }
  switch (action.kind) {
    case RepairKind::command:
      if (const auto v = map.need("value")) take(action.value, v->scalar());
      break;
    case RepairKind::power_cycle:
      action.off = "off";
      action.value = "on";
      action.off_for = std::chrono::seconds{10};
      if (const auto v = map.find("off")) take(action.off, v->scalar());
      if (const auto v = map.find("on")) take(action.value, v->scalar());
      if (const auto v = map.find("off_for")) take(action.off_for, v->duration(std::chrono::seconds{1}, kLongestOff));
      break;
    case RepairKind::set_up: break;
    case RepairKind::light_plan: read_plan(map, action); break;
  }
}

std::optional<RepairSpec> read_action(const Value& value) {
  MapReader map(value);
  RepairSpec action;
  action.place = value.place();
  const auto kind = map.need("do");
  const auto known = kind ? kind->choice(kKinds) : std::nullopt;
  if (!known) return std::nullopt;
  action.kind = *known;
  read_kind(map, action);
  if (const auto v = map.find("when")) {
    if (const auto when = v->choice(kWhen)) action.on_clear = *when == When::clear;
    if (action.on_clear && action.kind == RepairKind::light_plan) {
      v->problem("a light plan is followed while the alarm stands: leave 'when' out");
    }
  }
  if (const auto v = map.find("device")) take(action.device, v->text());
  if (const auto v = map.find("match")) {
    action.match = v->scalars();
    if (!action.device.empty()) v->problem("'match' and 'device' both say what to act on: leave one out");
  }
  if (const auto v = map.find("tries")) take(action.tries, v->integer(1, kMostTries));
  if (const auto v = map.find("within")) take(action.within, v->duration(std::chrono::minutes{1}, kLongestWithin));
  if (const auto v = map.find("again_after")) {
    take(action.again_after, v->duration(std::chrono::seconds{10}, kLongestWithin));
  }
  map.finish();
  return action;
}

}  // namespace

std::vector<RepairSpec> read_actions(const Value& list) {
  std::vector<RepairSpec> out;
  const auto items = list.items();
  if (items.size() > kMostActions) list.problem("a rule has at most 8 actions");
  for (const auto& item : items) {
    if (auto action = read_action(item)) out.push_back(*std::move(action));
  }
  return out;
}

}  // namespace wayside::config
