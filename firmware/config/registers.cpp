#include "config/registers.hpp"

#include <fmt/format.h>

#include "device/decoder.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;
using device::RegisterKind;

constexpr std::array kKinds{
    Choice<RegisterKind>{"coil", RegisterKind::coil},
    Choice<RegisterKind>{"discrete", RegisterKind::discrete},
    Choice<RegisterKind>{"holding", RegisterKind::holding},
    Choice<RegisterKind>{"input", RegisterKind::input},
};
constexpr std::array kWritable{
    Choice<RegisterKind>{"coil", RegisterKind::coil},
    Choice<RegisterKind>{"holding", RegisterKind::holding},
};
constexpr std::array kEncodings{
    Choice<Encoding>{"bit", Encoding::bit},     Choice<Encoding>{"u16", Encoding::u16},
    Choice<Encoding>{"s16", Encoding::s16},     Choice<Encoding>{"u32", Encoding::u32},
    Choice<Encoding>{"s32", Encoding::s32},     Choice<Encoding>{"u64", Encoding::u64},
    Choice<Encoding>{"s64", Encoding::s64},     Choice<Encoding>{"f32", Encoding::f32},
    Choice<Encoding>{"f64", Encoding::f64},     Choice<Encoding>{"bcd16", Encoding::bcd16},
    Choice<Encoding>{"bcd32", Encoding::bcd32}, Choice<Encoding>{"bcd64", Encoding::bcd64},
    Choice<Encoding>{"text", Encoding::text},
};
constexpr std::array kOrders{
    Choice<ByteOrder>{"ABCD", ByteOrder::abcd},
    Choice<ByteOrder>{"CDAB", ByteOrder::cdab},
    Choice<ByteOrder>{"BADC", ByteOrder::badc},
    Choice<ByteOrder>{"DCBA", ByteOrder::dcba},
};

bool is_bits(RegisterKind kind) { return kind == RegisterKind::coil || kind == RegisterKind::discrete; }

// Types whose bits can be taken one by one.
bool has_bits(Encoding e) {
  return e == Encoding::u16 || e == Encoding::u32 || e == Encoding::u64 || device::is_signed(e);
}

void read_field(const Value& list, PointSpec& point, int bits) {
  const auto items = list.items();
  if (items.size() != 2) {
    list.problem(fmt::format("expected [lowest bit, how many] for 'bits', found {} items", items.size()));
    return;
  }
  const auto lowest = items[0].integer(0, bits - 1);
  const auto width = items[1].integer(2, 63);
  if (!lowest || !width) return;
  if (*lowest + *width > bits) {
    list.problem(fmt::format("bits {}..{} do not lie in a type of {} bits", *lowest, *lowest + *width - 1, bits));
    return;
  }
  point.bit = static_cast<int>(*lowest);
  point.bit_width = static_cast<int>(*width);
}

void read_bits(const std::optional<Value>& type, const std::optional<Value>& bit, const std::optional<Value>& field,
               PointSpec& point) {
  const auto& key = bit ? *bit : *field;
  if (bit && field) field->problem("'bit' is one bit and 'bits' a field: write one of them");
  if (!type || point.encoding == Encoding::bit) point.encoding = Encoding::u16;
  if (!has_bits(point.encoding)) {
    key.problem(fmt::format("'{}' goes with whole numbers (u16 to s64), not {}", bit ? "bit" : "bits", type->raw()));
    return;
  }
  const int bits = 16 * device::word_count(point.encoding);
  if (bit) {
    take(point.bit, bit->integer(0, bits - 1));
  } else {
    read_field(*field, point, bits);
  }
}

void read_length(MapReader& map, PointSpec& point, const PointRules& rules) {
  const auto length = map.find("length");
  if (point.encoding != Encoding::text) {
    if (length) length->problem("'length' is that of a text; other types have their own");
    return;
  }
  point.text_registers = 1;
  if (const auto v = length ? length : map.need("length")) {
    take(point.text_registers, v->integer(1, rules.max_read_registers));
  }
}

// `type`, `bit`, `bits` and `length` together with the kind of register.
void read_encoding(MapReader& map, PointSpec& point, const PointRules& rules) {
  const auto type = map.find("type");
  const auto bit = map.find("bit");
  const auto field = map.find("bits");
  if (type) take(point.encoding, type->choice(kEncodings));
  if (is_bits(point.kind)) {
    if (type && point.encoding != Encoding::bit) type->problem("coils and discrete inputs have type bit; leave it out");
    for (const auto& picked : {bit, field}) {
      if (picked) picked->problem("'bit' picks a bit of a register; a coil or discrete input is one bit already");
    }
    point.encoding = Encoding::bit;
  } else if (bit || field) {
    read_bits(type, bit, field, point);
  } else if (!type && rules.registers) {
    static_cast<void>(map.need("type"));
  }
  read_length(map, point, rules);
}

void read_order(const Value& value, PointSpec& point) {
  take(point.order, value.choice(kOrders));
  const bool words_swapped = point.order == ByteOrder::cdab || point.order == ByteOrder::dcba;
  if (point.encoding == Encoding::text && words_swapped) value.problem("a text has the order ABCD or BADC");
}

void check_place(const MapReader& map, const PointSpec& point, std::uint16_t max_read_registers) {
  const int words = device::word_count(point);
  if (point.address + words - 1 > kLastAddress) {
    map.self().problem(fmt::format("the {} registers at {} end past 65535", words, point.address));
  }
  if (!is_bits(point.kind) && words > max_read_registers) {
    map.self().problem(
        fmt::format("a value of {} registers does not fit into 'max_read_registers' {}", words, max_read_registers));
  }
}

}  // namespace

void read_register(MapReader& map, PointSpec& point, const PointRules& rules) {
  const auto kind = rules.registers ? map.need("register") : map.find("register");
  if (kind) take(point.kind, kind->choice(kKinds));
  const auto address = rules.registers ? map.need("address") : map.find("address");
  if (address) take(point.address, address->integer(0, kLastAddress));
  read_type(map, point, rules);
}

void read_type(MapReader& map, PointSpec& point, const PointRules& rules) {
  read_encoding(map, point, rules);
  if (const auto v = map.find("order")) read_order(*v, point);
  check_place(map, point, rules.max_read_registers);
}

void read_written_place(MapReader& map, RegisterKind& kind, std::uint16_t& address, bool needed) {
  if (const auto v = needed ? map.need("register") : map.find("register")) take(kind, v->choice(kWritable));
  if (const auto v = needed ? map.need("address") : map.find("address")) take(address, v->integer(0, kLastAddress));
}

void read_scale(MapReader& map, PointSpec& point) {
  if (const auto v = map.find("scale")) {
    take(point.scale, v->number());
    if (point.scale == 0) v->problem("'scale' must not be 0");
  }
  if (const auto v = map.find("offset")) take(point.offset, v->number());
}

}  // namespace wayside::config
