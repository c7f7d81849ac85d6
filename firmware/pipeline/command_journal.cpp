#include "pipeline/command_journal.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

// Of an entry's bytes. 1 lacks `written`, its last byte: an update may find such entries.
constexpr std::uint8_t kForm = 2;
constexpr std::uint8_t kFormBefore = 1;
enum class Stage : std::uint8_t { started = 0, ended = 1 };
enum class Kind : std::uint8_t { none = 0, number = 1, integer = 2, truth = 3, text = 4 };

void put(base::ByteWriter& out, const model::Value& value) {
  out.u8(static_cast<std::uint8_t>(value.index()));
  if (const auto* number = std::get_if<double>(&value)) out.f64(*number);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) out.i64(*integer);
  if (const auto* truth = std::get_if<bool>(&value)) out.u8(*truth ? 1 : 0);
  if (const auto* text = std::get_if<std::string>(&value)) out.text(*text);
}

// None for a kind that this release does not know.
std::optional<model::Value> take_value(base::ByteReader& in) {
  switch (static_cast<Kind>(in.u8())) {
    case Kind::none: return model::Value{};
    case Kind::number: return model::Value{in.f64()};
    case Kind::integer: return model::Value{in.i64()};
    case Kind::truth: return model::Value{in.u8() != 0};
    case Kind::text: return model::Value{in.text()};
  }
  return std::nullopt;
}

void put(base::ByteWriter& out, const std::optional<base::BootTime>& at) {
  out.u8(at ? 1 : 0);
  out.i64(at ? base::to_us(*at) : 0);
}

std::optional<base::BootTime> take_time(base::ByteReader& in) {
  const bool known = in.u8() != 0;
  const std::int64_t us = in.i64();
  return known ? std::optional(base::from_us(us)) : std::nullopt;
}

base::Bytes encode(const model::CommandResult& command, Stage stage) {
  base::ByteWriter out;
  out.u8(kForm);
  out.u8(static_cast<std::uint8_t>(stage));
  out.text(command.id);
  out.text(command.device.value);
  out.text(command.point);
  put(out, command.asked);
  out.text(command.unit);
  out.text(command.by);
  out.u8(static_cast<std::uint8_t>(command.origin));
  out.u8(static_cast<std::uint8_t>(command.outcome));
  out.text(command.reason);
  out.text(command.measured_point);
  put(out, command.measured);
  out.u32(static_cast<std::uint32_t>(command.quality));
  out.i64(base::to_us(command.asked_at));
  for (const auto byte : command.asked_boot) out.u8(byte);
  put(out, command.written_at);
  put(out, command.measured_at);
  const auto& area = command.place.area;
  for (const auto* text : {&area.city, &area.district, &area.street, &area.grid, &command.place.department}) {
    out.text(*text);
  }
  out.u8(static_cast<std::uint8_t>(command.written));
  return out.take();
}

// What an entry of the form before must mean.
model::Written written_of(const model::CommandResult& command) {
  switch (command.outcome) {
    case model::CommandOutcome::done:
    case model::CommandOutcome::not_fulfilled: return model::Written::yes;
    case model::CommandOutcome::refused:
    case model::CommandOutcome::expired: return model::Written::no;
    case model::CommandOutcome::failed:
    case model::CommandOutcome::interrupted: break;
  }
  return command.written_at ? model::Written::yes : model::Written::unknown;
}

std::optional<std::pair<model::CommandResult, Stage>> decode(base::ByteView bytes) {
  base::ByteReader in(bytes);
  const std::uint8_t form = in.u8();
  if (form != kForm && form != kFormBefore) return std::nullopt;
  const std::uint8_t stage = in.u8();
  model::CommandResult command;
  command.id = in.text();
  command.device = model::DeviceId{in.text()};
  command.point = in.text();
  auto asked = take_value(in);
  command.unit = in.text();
  command.by = in.text();
  const std::uint8_t origin = in.u8();
  const std::uint8_t outcome = in.u8();
  command.reason = in.text();
  command.measured_point = in.text();
  auto measured = take_value(in);
  command.quality = static_cast<model::Quality>(in.u32());
  command.asked_at = base::from_us(in.i64());
  for (auto& byte : command.asked_boot) byte = in.u8();
  command.written_at = take_time(in);
  command.measured_at = take_time(in);
  auto& area = command.place.area;
  for (auto* text : {&area.city, &area.district, &area.street, &area.grid, &command.place.department}) {
    *text = in.text();
  }
  const std::uint8_t written = form == kForm ? in.u8() : 0;
  if (!in.ok() || !in.at_end() || written > static_cast<std::uint8_t>(model::Written::unknown) || !asked || !measured ||
      stage > static_cast<std::uint8_t>(Stage::ended) ||
      origin > static_cast<std::uint8_t>(model::CommandOrigin::rule) ||
      outcome > static_cast<std::uint8_t>(model::CommandOutcome::interrupted)) {
    return std::nullopt;
  }
  command.asked = std::move(*asked);
  command.measured = std::move(*measured);
  command.origin = static_cast<model::CommandOrigin>(origin);
  command.outcome = static_cast<model::CommandOutcome>(outcome);
  command.written = form == kForm ? static_cast<model::Written>(written) : written_of(command);
  return std::pair{std::move(command), static_cast<Stage>(stage)};
}

}  // namespace

CommandJournal::CommandJournal(const std::vector<ports::StateEntry>& stored, base::BootTime now) {
  for (const auto& entry : stored) {
    auto read = decode(entry.value);
    if (!read || read->first.id != entry.key) {
      base::log::error("command.unreadable_entry", {{"id", entry.key}});
      unreadable_.push_back(entry.key);
    } else if (read->second == Stage::started) {
      unfinished_.push_back(std::move(read->first));
    } else {
      // How old it is in another boot is not known: its hour begins anew.
      ended_[entry.key] = {std::move(read->first), now, next_++};
    }
  }
}

const model::CommandResult* CommandJournal::find(const std::string& id) const {
  const auto found = ended_.find(id);
  return found == ended_.end() ? nullptr : &found->second.result;
}

ports::StateChange CommandJournal::started(const model::CommandResult& command) {
  return {kSpace, command.id, encode(command, Stage::started)};
}

std::vector<ports::StateChange> CommandJournal::ended(const model::CommandResult& command, base::BootTime now) {
  std::vector<ports::StateChange> changes{{kSpace, command.id, encode(command, Stage::ended)}};
  ended_[command.id] = {command, now, next_++};
  for (auto& id : std::exchange(unreadable_, {})) {
    if (!ended_.contains(id)) changes.push_back({kSpace, std::move(id), std::nullopt});
  }
  forget(changes, now);
  return changes;
}

// What is older than an hour; and when there are still too many: first what was refused (to ask it again harms no one
// as long as nothing was written), then the oldest.
void CommandJournal::forget(std::vector<ports::StateChange>& changes, base::BootTime now) {
  std::vector<std::string> gone;
  for (const auto& [id, ended] : ended_) {
    if (now - ended.kept_since > kKept) gone.push_back(id);
  }
  for (auto& id : gone) {
    ended_.erase(id);
    changes.push_back({kSpace, std::move(id), std::nullopt});
  }
  const auto rank = [](const auto& entry) {
    return std::pair{entry.second.result.outcome != model::CommandOutcome::refused, entry.second.order};
  };
  while (ended_.size() > kMostResults) {
    const auto first = std::ranges::min_element(ended_, {}, rank);
    changes.push_back({kSpace, first->first, std::nullopt});
    ended_.erase(first);
  }
}

}  // namespace wayside::pipeline
