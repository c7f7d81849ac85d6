#include "config/import/telegraf_field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/import/names.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using Refusal = std::string;  // empty: none

std::optional<ByteOrder> order_of(std::string_view word) {
  constexpr std::array kOrders{
      std::pair{"", ByteOrder::abcd},         std::pair{"ABCD", ByteOrder::abcd},
      std::pair{"AB", ByteOrder::abcd},       std::pair{"ABCDEFGH", ByteOrder::abcd},
      std::pair{"MSW-BE", ByteOrder::abcd},   std::pair{"BADC", ByteOrder::badc},
      std::pair{"BADCFEHG", ByteOrder::badc}, std::pair{"MSW-LE", ByteOrder::badc},
      std::pair{"CDAB", ByteOrder::cdab},     std::pair{"GHEFCDAB", ByteOrder::cdab},
      std::pair{"LSW-BE", ByteOrder::cdab},   std::pair{"DCBA", ByteOrder::dcba},
      std::pair{"BA", ByteOrder::dcba},       std::pair{"HGFEDCBA", ByteOrder::dcba},
      std::pair{"LSW-LE", ByteOrder::dcba},
  };
  for (const auto& [name, order] : kOrders) {
    if (word == name) return order;
  }
  return std::nullopt;
}

ByteOrder with_words_swapped(ByteOrder order) {
  switch (order) {
    case ByteOrder::abcd: return ByteOrder::cdab;
    case ByteOrder::cdab: return ByteOrder::abcd;
    case ByteOrder::badc: return ByteOrder::dcba;
    case ByteOrder::dcba: return ByteOrder::badc;
  }
  return order;
}

std::optional<Encoding> plain_type(std::string_view type) {
  constexpr std::array kTypes{
      std::pair{"INT16", Encoding::s16},        std::pair{"UINT16", Encoding::u16},
      std::pair{"INT32", Encoding::s32},        std::pair{"UINT32", Encoding::u32},
      std::pair{"INT64", Encoding::s64},        std::pair{"UINT64", Encoding::u64},
      std::pair{"FLOAT32", Encoding::f32},      std::pair{"FLOAT64", Encoding::f64},
      std::pair{"FLOAT32-IEEE", Encoding::f32}, std::pair{"FLOAT64-IEEE", Encoding::f64},
      std::pair{"STRING", Encoding::text},      std::pair{"BIT", Encoding::u16},
      std::pair{"UINT8L", Encoding::u16},       std::pair{"UINT8H", Encoding::u16},
  };
  for (const auto& [name, encoding] : kTypes) {
    if (type == name) return encoding;
  }
  return std::nullopt;
}

// FIXED and UFIXED are as wide as the addresses are many.
std::optional<Encoding> fixed_type(bool is_signed, std::size_t registers) {
  if (registers == 1) return is_signed ? Encoding::s16 : Encoding::u16;
  if (registers == 2) return is_signed ? Encoding::s32 : Encoding::u32;
  if (registers == 4) return is_signed ? Encoding::s64 : Encoding::u64;
  return std::nullopt;
}

class Field {
 public:
  Field(const TelegrafField& field, Collector& out) : field_(field), out_(out) {}

  void read(bool prefixed) {
    if (field_.name.empty()) {
      out_.dropped(field_.line, "a field", "it has no name");
      return;
    }
    point_.name = prefixed && !field_.measurement.empty() ? field_.measurement + "_" + field_.name : field_.name;
    point_.kind = field_.kind;
    for (const auto step : {&Field::read_address, &Field::read_type, &Field::read_order, &Field::read_scale}) {
      if (auto why = (this->*step)(); !why.empty()) {
        out_.dropped(field_.line, label(), why);
        return;
      }
    }
    out_.add(std::move(point_), field_.line);
  }

 private:
  [[nodiscard]] bool is_bits() const {
    return field_.kind == RegisterKind::coil || field_.kind == RegisterKind::discrete;
  }
  [[nodiscard]] std::string label() const { return fmt::format("field '{}'", field_.name); }

  Refusal read_address() {
    const auto& all = field_.addresses;
    const bool in_range = std::ranges::all_of(all, [](std::int64_t a) { return a >= 0 && a <= 65535; });
    if (all.empty() || !in_range) return "its address is no whole number from 0 to 65535";
    if (is_bits() && all.size() != 1) return "a coil or discrete input has one address";
    if (field_.type != "STRING" && all.size() != 1 && all.size() != 2 && all.size() != 4)
      return fmt::format("{} addresses: a value has 1, 2 or 4", all.size());
    const auto step = all.size() > 1 ? all[1] - all[0] : 1;
    for (std::size_t i = 1; i < all.size(); ++i) {
      if ((step != 1 && step != -1) || all[i] - all[i - 1] != step) return "its addresses are not one after another";
    }
    backwards_ = step == -1;
    point_.address = static_cast<std::uint16_t>(std::min(all.front(), all.back()));
    return {};
  }

  Refusal read_type() {
    if (is_bits()) {
      point_.encoding = Encoding::bit;
      if (!field_.type.empty() && field_.type != "BOOL" && field_.type != "UINT16") {
        out_.note(field_.line, label(),
                  fmt::format("type {} is left out: a coil or discrete input is one bit", field_.type));
      }
      return {};
    }
    const auto& type = field_.type;
    const bool as_unsigned = type == "UFIXED" || (type == "FLOAT32" && field_.register_style);
    const auto encoding =
        type == "FIXED" || as_unsigned ? fixed_type(!as_unsigned, field_.addresses.size()) : plain_type(type);
    if (!encoding) return type.empty() ? "it has no type" : fmt::format("type {}: profiles have none such", type);
    point_.encoding = *encoding;
    if (type == "FLOAT32" && field_.register_style) {
      out_.note(field_.line, label(), "FLOAT32 is no float in this style but UFIXED, a whole number");
    }
    if (type == "UINT8L" || type == "UINT8H") {
      point_.bit = type == "UINT8L" ? 0 : 8;
      point_.bit_width = 8;
    }
    if (type == "BIT") {
      const auto bit = field_.bit.value_or(0);
      if (bit < 0 || bit > 15) return fmt::format("bit {} of a register of 16", bit);
      point_.bit = static_cast<int>(bit);
    }
    if (type == "STRING") {
      const auto listed = static_cast<std::int64_t>(field_.addresses.size());
      const auto length = field_.register_style ? listed : field_.length.value_or(0);
      if (length < 1 || length > device::kMaxReadRegisters) return "a STRING needs a length of 1 to 125 registers";
      point_.text_registers = static_cast<std::uint16_t>(length);
    }
    return {};
  }

  Refusal read_order() {
    if (is_bits()) return {};
    const auto order = order_of(field_.order);
    if (!order) return fmt::format("unknown byte_order '{}'", field_.order);
    const std::size_t words = device::word_count(point_);
    if (field_.register_style && field_.addresses.size() != words) {
      return fmt::format("{} addresses for a value of {} registers", field_.addresses.size(), words);
    }
    if (field_.register_style && field_.order.size() != 2 * words && point_.encoding != Encoding::text) {
      return fmt::format("byte_order '{}' for a value of {} registers", field_.order, words);
    }
    point_.order = backwards_ ? with_words_swapped(*order) : *order;
    if (backwards_) out_.note(field_.line, label(), "its addresses fall: read as the words in that order");
    // The bytes of one register, or of each of a text: words are not swapped.
    const bool bytes_only = words == 1 || point_.encoding == Encoding::text;
    if (bytes_only && point_.order == ByteOrder::cdab) point_.order = ByteOrder::abcd;
    if (bytes_only && point_.order == ByteOrder::dcba) point_.order = ByteOrder::badc;
    return {};
  }

  Refusal read_scale() {
    if (is_bits() || point_.encoding == Encoding::text) return {};
    if (field_.scale == 0.0) return "scale 0";
    if (point_.bit >= 0 && point_.bit_width == 1 && field_.scale.value_or(1) != 1) return "a single bit with a scale";
    point_.scale = field_.scale.value_or(1);
    if (field_.register_style && !field_.scale) out_.note(field_.line, label(), "no scale: taken as 1");
    if ((field_.output == "INT64" || field_.output == "UINT64") && point_.scale != 1) {
      out_.note(field_.line, label(),
                fmt::format("output {} drops decimals in Telegraf; here they are kept", field_.output));
    }
    return {};
  }

  const TelegrafField& field_;
  Collector& out_;
  PointSpec point_;
  bool backwards_ = false;
};

}  // namespace

void import_telegraf_field(const TelegrafField& field, bool prefixed, Collector& out) {
  Field(field, out).read(prefixed);
}

}  // namespace wayside::config
