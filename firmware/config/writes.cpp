#include "config/writes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/raw_values.hpp"
#include "config/scalars.hpp"
#include "device/decoder.hpp"
#include "device/encoder.hpp"

namespace wayside::config {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RegisterKind;

constexpr std::chrono::seconds kLongestSettle{60};

void read_limits(const Value& list, device::WriteSpec& write) {
  const auto items = list.items();
  if (items.size() != 2) {
    list.problem(fmt::format("expected [least, most] for 'range', found {} items", items.size()));
    return;
  }
  write.min = items[0].number();
  write.max = items[1].number();
  if (write.min && write.max && *write.min > *write.max) {
    list.problem(fmt::format("'range' must rise: {} is above {}", items[0].raw(), items[1].raw()));
  }
}

// What plan_command() would refuse at each command is told now.
void check_write(const Value& value, const PointSpec& point) {
  const auto& write = *point.write;
  const bool truth = device::is_truth(point);
  const bool own = write.kind == point.kind && write.address == point.address;
  if (own && (point.bit >= 0 || (!point.true_when.empty() && point.encoding != Encoding::bit))) {
    value.problem(
        "a part of a register cannot be written: what the device changes in the rest between reading and writing would "
        "be undone; name the register that takes the whole command with 'register' and 'address'");
  }
  if (write.kind == RegisterKind::coil && !truth) value.problem("a coil takes a truth, and this point is none");
  if (truth && (write.min || write.max)) value.problem("a truth has no 'range'");
  if (!point.values.empty() && (write.min || write.max)) value.problem("a point with 'values' needs no 'range'");
  const int words = truth || point.bit >= 0 ? 1 : device::word_count(point);
  if (words > device::kMaxWriteRegisters) {
    value.problem(fmt::format("{} registers are more than one write can hold", words));
  }
  if (write.address + words - 1 > kLastAddress) value.problem("the registers written end past 65535");
}

void read_write_map(MapReader& map, PointSpec& point, bool own_place, device::WriteSpec& write) {
  read_written_place(map, write.kind, write.address, !own_place && !map.has("address"));
  if (map.has("register") != map.has("address")) {
    map.self().problem("'register' and 'address' go together; both left out: those of the point");
  }
  if (const auto v = map.find("multiple")) take(write.multiple, v->truth());
  if (const auto v = map.find("range")) read_limits(*v, write);
  if (const auto v = map.find("read_back")) take(write.read_back, v->metric_name());
  if (const auto v = map.find("settle")) take(write.settle, v->duration(std::chrono::seconds{0}, kLongestSettle));
  if (const auto v = map.find("tolerance")) {
    take(write.tolerance, v->number(0, 1e9));
    if (device::is_truth(point)) v->problem("a truth has no 'tolerance'");
  }
  map.finish();
}

// `value` with `type`, `order`, `scale`, `offset`; or `values`, words as they go out.
void read_words(MapReader& map, device::SetupWrite& setup, const PointRules& rules) {
  const auto words = map.find("values");
  PointSpec spec;
  spec.name = setup.title;
  spec.kind = setup.write.kind;
  spec.address = setup.write.first;
  if (words) {
    if (const auto v = map.find("value")) v->problem("write 'value' or 'values', not both");
    for (const auto& item : words->items()) {
      const auto word = item.integer(0, spec.kind == RegisterKind::coil ? 1 : 65535);
      if (word) setup.write.values.push_back(static_cast<std::uint16_t>(*word));
    }
    return;
  }
  read_type(map, spec, rules);
  read_scale(map, spec);
  if (spec.bit >= 0) map.self().problem("a set-up write has whole registers: leave 'bit' and 'bits' out");
  const auto value = map.need("value");
  if (!value || spec.bit >= 0) return;
  model::Value target;
  if (spec.encoding == Encoding::text) {
    if (auto text = value->text()) target = *std::move(text);
  } else if (const auto word = value->scalar()) {
    const auto truth = parse_truth(*word);
    const auto integer = parse_integer(*word);
    const auto number = parse_number(*word);
    if (truth) target = *truth;
    if (number) target = *number;
    if (integer) target = *integer;
  }
  auto encoded = device::encode_value(spec, target);
  if (encoded.has_error()) {
    value->problem(encoded.error().what);
  } else {
    setup.write.values = *std::move(encoded);
  }
}

void read_when(const Value& value, device::SetupWrite& setup, const std::vector<std::string>& options) {
  const auto entries = MapReader(value).entries();
  if (value.is_map() && entries.size() != 1) value.problem("expected one option and its value for 'when'");
  for (const auto& [key, word] : entries) {
    if (std::ranges::find(options, key.raw()) == options.end()) key.unknown("option", options);
    setup.option = key.raw();
    take(setup.equals, word.scalar());
  }
}

void check_setup(const MapReader& map, const device::SetupWrite& setup) {
  const auto count = setup.write.values.size();
  const bool coil = setup.write.kind == RegisterKind::coil;
  const auto most = coil ? device::kMaxWriteBits : device::kMaxWriteRegisters;
  if (map.has("values") && (count == 0 || count > most)) {
    map.self().problem(fmt::format("'values' must be 1 to {} words", most));
  }
  if (setup.write.first + count > static_cast<std::size_t>(kLastAddress) + 1) {
    map.self().problem("the registers written end past 65535");
  }
}

device::SetupWrite read_setup_write(const Value& value, const std::vector<std::string>& options,
                                    const PointRules& rules) {
  MapReader map(value);
  device::SetupWrite setup;
  if (const auto v = map.need("title")) take(setup.title, v->text());
  read_written_place(map, setup.write.kind, setup.write.first, true);
  read_words(map, setup, rules);
  if (const auto v = map.find("multiple")) take(setup.write.multiple, v->truth());
  if (const auto v = map.find("when")) read_when(*v, setup, options);
  if (const auto v = map.find("read_first")) take(setup.read_first, v->truth());
  map.finish();
  check_setup(map, setup);
  return setup;
}

PointSpec read_identity_point(const Value& value, std::string name, const PointRules& rules) {
  MapReader map(value);
  PointSpec point;
  point.name = point.metric = std::move(name);
  read_register(map, point, rules);
  read_scale(map, point);
  map.finish();
  return point;
}

}  // namespace

void read_write(const Value& value, PointSpec& point, const PointRules& rules) {
  const bool own_place = point.kind == RegisterKind::coil || point.kind == RegisterKind::holding;
  device::WriteSpec write;
  write.kind = point.kind;
  write.address = point.address;
  if (value.is_map()) {
    MapReader map(value);
    read_write_map(map, point, own_place || !rules.registers, write);
  } else if (const auto truth = value.truth(); !truth) {
    return;
  } else if (!*truth) {
    value.problem("leave 'write' out where a point cannot be commanded");
  } else if (!own_place) {
    value.problem("input registers and discrete inputs cannot be written: name the register that can be");
  }
  point.write = std::move(write);
  if (rules.registers) check_write(value, point);
}

std::vector<device::SetupWrite> read_setup(const Value& list, const std::vector<std::string>& options,
                                           const PointRules& rules) {
  std::vector<device::SetupWrite> out;
  for (const auto& item : list.items()) {
    auto setup = read_setup_write(item, options, rules);
    const bool twin = std::ranges::find(out, setup.title, &device::SetupWrite::title) != out.end();
    if (twin && !setup.title.empty()) item.problem(fmt::format("set-up write '{}' stands twice", setup.title));
    out.push_back(std::move(setup));
  }
  return out;
}

device::IdentitySpec read_identity(const Value& value, const PointRules& rules) {
  MapReader map(value);
  device::IdentitySpec out;
  if (const auto v = map.find("serial")) out.serial = read_identity_point(*v, "serial", rules);
  if (const auto v = map.find("firmware")) out.firmware = read_identity_point(*v, "firmware", rules);
  map.finish();
  if (value.is_map() && !out.serial && !out.firmware) value.problem("'identity' needs 'serial' or 'firmware'");
  return out;
}

void check_read_backs(const Value& list, const std::vector<std::string>& others) {
  auto known = others;
  const auto items = list.items();
  for (const auto& item : items) {
    if (const auto name = MapReader(item).find("name")) known.push_back(name->raw());
  }
  for (const auto& item : items) {
    const auto write = MapReader(item).find("write");
    if (!write || !write->is_map()) continue;
    const auto effect = MapReader(*write).find("read_back");
    if (effect && std::ranges::find(known, effect->raw()) == known.end()) effect->unknown("point", known);
  }
}

}  // namespace wayside::config
