#include "wire/alarm_record.hpp"

namespace wayside::wire {
namespace {

constexpr std::uint8_t kFirstForm = 1;
constexpr std::uint8_t kForm = 2;

// Bits of one byte in form 2. Never renumbered.
enum Bit : std::uint8_t {
  kShelved = 1,
  kSuppressed = 2,
  kOutOfService = 4,
  kEscalated = 8,
  kStale = 16,
  kCarried = 32,
  kHasShelf = 64,
  kHasAction = 128,
};

std::uint8_t bits_of(const model::AlarmRecord& record) {
  unsigned bits = 0;
  const auto add = [&bits](bool on, Bit bit) {
    if (on) bits |= bit;
  };
  add(record.shelved, kShelved);
  add(record.suppressed, kSuppressed);
  add(record.out_of_service, kOutOfService);
  add(record.escalated, kEscalated);
  add(record.stale, kStale);
  add(record.shelf_carried, kCarried);
  add(record.shelved_until.has_value(), kHasShelf);
  add(record.action.has_value(), kHasAction);
  return static_cast<std::uint8_t>(bits);
}

// A number of an enumeration, or false where this release knows none such.
template <class Enum>
bool take(std::uint8_t number, Enum last, Enum& out) {
  if (number > static_cast<std::uint8_t>(last)) return false;
  out = static_cast<Enum>(number);
  return true;
}

bool read_life(base::ByteReader& in, model::AlarmRecord& record) {
  if (!take(in.u8(), model::kLastAlarmState, record.live)) return false;
  const unsigned bits = in.u8();
  record.shelved = (bits & kShelved) != 0;
  record.suppressed = (bits & kSuppressed) != 0;
  record.out_of_service = (bits & kOutOfService) != 0;
  record.escalated = (bits & kEscalated) != 0;
  record.stale = (bits & kStale) != 0;
  record.shelf_carried = (bits & kCarried) != 0;
  record.re_alarms = static_cast<std::uint16_t>(in.u32());
  for (auto& byte : record.boot) byte = in.u8();
  record.at = base::from_us(in.i64());
  record.active_since = base::from_us(in.i64());
  record.base = base::from_us(in.i64());
  if ((bits & kHasShelf) != 0) record.shelved_until = base::from_us(in.i64());
  if ((bits & kHasAction) == 0) return true;
  model::AlarmAction action;
  if (!take(in.u8(), model::kLastTransitionCause, action.what)) return false;
  action.by = in.text();
  action.reason = in.text();
  record.action = std::move(action);
  return true;
}

// Form 1 knew no instants; those of boot 0 are known of no boot.
void complete_first_form(model::AlarmRecord& record) {
  record.live = model::is_active(record.state) ? record.state : model::AlarmState::normal;
  record.state = record.live;
}

// What hides an alarm is never its live state.
bool is_live(model::AlarmState state) { return state == model::AlarmState::normal || model::is_standing(state); }

}  // namespace

base::Bytes encode_record(const model::AlarmRecord& record) {
  base::ByteWriter out;
  out.u8(kForm);
  out.text(record.alarm);
  out.u8(static_cast<std::uint8_t>(record.state));
  out.u64(record.count);
  out.text(record.rule_version);
  out.text(record.summary);
  out.u8(static_cast<std::uint8_t>(record.severity));
  out.text(record.device.value);
  out.text(record.place.department);
  for (const auto* level :
       {&record.place.area.city, &record.place.area.district, &record.place.area.street, &record.place.area.grid}) {
    out.text(*level);
  }
  out.u8(static_cast<std::uint8_t>(record.data_class));
  out.i64(record.since_wall_us);
  out.u8(static_cast<std::uint8_t>(record.live));
  out.u8(bits_of(record));
  out.u32(record.re_alarms);
  for (const auto byte : record.boot) out.u8(byte);
  out.i64(base::to_us(record.at));
  out.i64(base::to_us(record.active_since));
  out.i64(base::to_us(record.base));
  if (record.shelved_until) out.i64(base::to_us(*record.shelved_until));
  if (record.action) {
    out.u8(static_cast<std::uint8_t>(record.action->what));
    out.text(record.action->by);
    out.text(record.action->reason);
  }
  return out.take();
}

std::optional<model::AlarmRecord> decode_record(base::ByteView bytes) {
  base::ByteReader in(bytes);
  const std::uint8_t form = in.u8();
  if (form != kFirstForm && form != kForm) return std::nullopt;
  model::AlarmRecord record;
  record.alarm = in.text();
  if (!take(in.u8(), model::kLastAlarmState, record.state)) return std::nullopt;
  record.count = in.u64();
  record.rule_version = in.text();
  record.summary = in.text();
  if (!take(in.u8(), model::Severity::critical, record.severity)) return std::nullopt;
  record.device = model::DeviceId{in.text()};
  record.place.department = in.text();
  auto& area = record.place.area;
  for (auto* level : {&area.city, &area.district, &area.street, &area.grid}) *level = in.text();
  if (!take(in.u8(), model::DataClass::sensitive, record.data_class)) return std::nullopt;
  record.since_wall_us = in.i64();
  if (form == kFirstForm) {
    complete_first_form(record);
  } else if (!read_life(in, record)) {
    return std::nullopt;
  }
  if (!in.ok() || !in.at_end() || !is_live(record.live)) return std::nullopt;
  return record;
}

}  // namespace wayside::wire
