#include "config/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using model::DataClass;

constexpr std::int64_t kLastAddress = 65535;
constexpr std::int64_t kMostInstances = 1000;

constexpr std::array kKinds{
    Choice<RegisterKind>{"coil", RegisterKind::coil},
    Choice<RegisterKind>{"discrete", RegisterKind::discrete},
    Choice<RegisterKind>{"holding", RegisterKind::holding},
    Choice<RegisterKind>{"input", RegisterKind::input},
};
constexpr std::array kEncodings{
    Choice<Encoding>{"bit", Encoding::bit}, Choice<Encoding>{"u16", Encoding::u16},
    Choice<Encoding>{"s16", Encoding::s16}, Choice<Encoding>{"u32", Encoding::u32},
    Choice<Encoding>{"s32", Encoding::s32}, Choice<Encoding>{"u64", Encoding::u64},
    Choice<Encoding>{"s64", Encoding::s64}, Choice<Encoding>{"f32", Encoding::f32},
    Choice<Encoding>{"f64", Encoding::f64},
};
constexpr std::array kOrders{
    Choice<ByteOrder>{"ABCD", ByteOrder::abcd},
    Choice<ByteOrder>{"CDAB", ByteOrder::cdab},
    Choice<ByteOrder>{"BADC", ByteOrder::badc},
    Choice<ByteOrder>{"DCBA", ByteOrder::dcba},
};
constexpr std::array kClasses{
    Choice<DataClass>{"public", DataClass::open},
    Choice<DataClass>{"internal", DataClass::internal},
    Choice<DataClass>{"sensitive", DataClass::sensitive},
};

bool is_float(Encoding e) { return e == Encoding::f32 || e == Encoding::f64; }
bool is_signed(Encoding e) { return e == Encoding::s16 || e == Encoding::s32 || e == Encoding::s64; }
bool is_bits(RegisterKind kind) { return kind == RegisterKind::coil || kind == RegisterKind::discrete; }

int bit_count(Encoding e) { return e == Encoding::bit ? 1 : 16 * device::word_count(e); }

// A word from a data sheet, as the signed or unsigned number that the decoder compares with: 0x8000 of an s16 is
// -32768. Hexadecimal is a pattern of bits; a decimal number must be one that the type can hold.
std::optional<std::int64_t> error_value(std::string_view word, Encoding encoding) {
  const int bits = bit_count(encoding);
  if (const auto pattern = parse_hex(word)) {
    if (bits < 64 && (*pattern >> bits) != 0) return std::nullopt;
    const bool negative = is_signed(encoding) && bits < 64 && ((*pattern >> (bits - 1)) & 1U) != 0;
    const std::uint64_t extension = negative ? ~std::uint64_t{0} << bits : 0;
    return static_cast<std::int64_t>(*pattern | extension);
  }
  const auto value = parse_integer(word);
  if (!value || bits == 64) return value && (*value >= 0 || is_signed(encoding)) ? value : std::nullopt;
  const std::int64_t most = (std::int64_t{1} << (is_signed(encoding) ? bits - 1 : bits)) - 1;
  const std::int64_t least = is_signed(encoding) ? -most - 1 : 0;
  return *value >= least && *value <= most ? value : std::nullopt;
}

std::vector<device::RawRange> read_error_values(const Value& list, Encoding encoding) {
  std::vector<device::RawRange> out;
  if (is_float(encoding)) {
    list.problem("'error_values' are raw whole numbers: a float type has none (not-a-number is bad anyhow)");
    return out;
  }
  for (const auto& item : list.items()) {
    const auto word = item.scalar();
    if (!word) continue;
    const auto value = error_value(*word, encoding);
    if (value) {
      out.push_back({*value, *value});
    } else {
      item.expected(fmt::format("a whole number of {} bits, decimal or 0x,", bit_count(encoding)));
    }
  }
  return out;
}

void read_range(const Value& list, PointSpec& point) {
  const auto items = list.items();
  if (items.size() != 2) {
    list.problem(fmt::format("expected [least, most] for 'range', found {} items", items.size()));
    return;
  }
  point.valid_min = items[0].number();
  point.valid_max = items[1].number();
  if (point.valid_min && point.valid_max && *point.valid_min >= *point.valid_max) {
    list.problem(fmt::format("'range' must rise: {} is not below {}", items[0].raw(), items[1].raw()));
  }
}

// `type` and `bit` together with the kind of register.
void read_encoding(MapReader& map, PointSpec& point) {
  const auto type = map.find("type");
  const auto bit = map.find("bit");
  if (type) take(point.encoding, type->choice(kEncodings));
  if (is_bits(point.kind)) {
    if (type && point.encoding != Encoding::bit) type->problem("coils and discrete inputs have type bit; leave it out");
    if (bit) bit->problem("'bit' picks a bit of a register; a coil or discrete input is one bit already");
    point.encoding = Encoding::bit;
    return;
  }
  if (!bit) {
    if (!type) static_cast<void>(map.need("type"));
    return;
  }
  if (type && point.encoding != Encoding::u16 && point.encoding != Encoding::bit) {
    bit->problem(fmt::format("'bit' goes with type u16 or bit, not {}", type->raw()));
  }
  point.encoding = Encoding::u16;
  take(point.bit, bit->integer(0, 15));
}

void check_place(const MapReader& map, const PointSpec& point, std::uint16_t max_read_registers) {
  const int words = device::word_count(point);
  if (point.address + words - 1 > kLastAddress) {
    map.self().problem(fmt::format("the {} registers at {} end past 65535", words, point.address));
  }
  if (words > max_read_registers) {
    map.self().problem(
        fmt::format("a value of {} registers does not fit into 'max_read_registers' {}", words, max_read_registers));
  }
}

// A point of a frame protocol: the family reads the text, and decodes into a whole number.
void read_item(MapReader& map, const Value& item, PointSpec& point) {
  take(point.locator, item.text());
  point.encoding = Encoding::s64;
  if (const auto bit = map.find("bit")) take(point.bit, bit->integer(0, 62));
  for (const auto* key : {"register", "address"}) {
    if (const auto v = map.find(key)) v->problem(fmt::format("'{}' does not go with 'item'", key));
  }
}

void read_register(MapReader& map, PointSpec& point, std::uint16_t max_read_registers) {
  if (const auto item = map.find("item")) return read_item(map, *item, point);
  if (const auto v = map.need("register")) take(point.kind, v->choice(kKinds));
  if (const auto v = map.need("address")) take(point.address, v->integer(0, kLastAddress));
  read_encoding(map, point);
  if (const auto v = map.find("order")) take(point.order, v->choice(kOrders));
  check_place(map, point, max_read_registers);
}

void read_meaning(MapReader& map, PointSpec& point) {
  if (const auto v = map.find("scale")) {
    take(point.scale, v->number());
    if (point.scale == 0) v->problem("'scale' must not be 0");
  }
  if (const auto v = map.find("offset")) take(point.offset, v->number());
  if (const auto v = map.find("unit")) take(point.unit, v->scalar());
  if (const auto v = map.find("range")) read_range(*v, point);
  if (const auto v = map.find("error_values")) point.error_values = read_error_values(*v, point.encoding);
  if (const auto v = map.find("period")) take(point.period, v->duration(kShortestPeriod, kLongestPeriod));
  if (const auto v = map.find("class")) take(point.data_class, v->choice(kClasses));
  if (const auto v = map.find("role")) take(point.role, v->text());
  if (const auto v = map.find("meaning")) take(point.meaning, v->text());
  if (const auto v = map.find("maps_to")) point.maps_to = v->scalars();
}

std::optional<PointSpec> read_point(const Value& value, std::uint16_t max_read_registers) {
  MapReader map(value);
  PointSpec point;
  if (const auto v = map.need("name")) take(point.name, v->metric_name());
  point.metric = point.name;
  read_register(map, point, max_read_registers);
  read_meaning(map, point);
  map.finish();
  if (point.name.empty()) return std::nullopt;
  return point;
}

void read_counts(MapReader& map, device::PointGroup& group) {
  if (const auto v = map.need("count_option")) take(group.count_option, v->metric_name());
  if (const auto v = map.find("first")) take(group.first, v->integer(0, kMostInstances));
  if (const auto v = map.need("max")) take(group.max_count, v->integer(1, kMostInstances));
  if (const auto v = map.find("default")) take(group.default_count, v->integer(0, group.max_count));
  if (const auto v = map.find("stride")) take(group.stride, v->integer(0, kLastAddress));
}

// Points with 'item' have no address to step; all others need one of their own in each instance.
void check_stride(const MapReader& map, const device::PointGroup& group) {
  const bool steps = std::ranges::any_of(group.points, [](const PointSpec& p) { return p.locator.empty(); });
  if (!steps || group.stride != 0 || group.max_count <= 1) return;
  map.self().problem("'stride' must be given and not be 0: all would lie on the first one");
}

}  // namespace

std::vector<PointSpec> read_points(const Value& list, std::uint16_t max_read_registers) {
  std::vector<PointSpec> out;
  for (const auto& item : list.items()) {
    auto point = read_point(item, max_read_registers);
    if (!point) continue;
    if (std::ranges::find(out, point->name, &PointSpec::name) != out.end()) {
      item.problem(fmt::format("point '{}' stands twice", point->name));
      continue;
    }
    out.push_back(*std::move(point));
  }
  return out;
}

std::optional<device::PointGroup> read_group(const Value& value, std::uint16_t max_read_registers) {
  MapReader map(value);
  device::PointGroup group;
  if (const auto v = map.need("name")) take(group.name, v->metric_name());
  read_counts(map, group);
  if (const auto v = map.need("points")) group.points = read_points(*v, max_read_registers);
  check_stride(map, group);
  map.finish();
  if (group.name.empty()) return std::nullopt;
  return group;
}

}  // namespace wayside::config
