#include "config/import/edgex_resource.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "config/import/names.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;
using device::RegisterKind;

// Why it cannot be carried over; empty: it can.
using Refusal = std::string;

std::optional<RegisterKind> kind_of(std::string_view table) {
  const auto word = lower(table);
  if (word == "coils") return RegisterKind::coil;
  if (word == "discretes_input" || word == "discrete_inputs") return RegisterKind::discrete;
  if (word == "holding_registers") return RegisterKind::holding;
  if (word == "input_registers") return RegisterKind::input;
  return std::nullopt;
}

std::optional<Encoding> encoding_of(std::string_view type) {
  const auto word = lower(type);
  constexpr std::array kTypes{
      std::pair{"int16", Encoding::s16},   std::pair{"uint16", Encoding::u16},  std::pair{"int32", Encoding::s32},
      std::pair{"uint32", Encoding::u32},  std::pair{"int64", Encoding::s64},   std::pair{"uint64", Encoding::u64},
      std::pair{"float32", Encoding::f32}, std::pair{"float64", Encoding::f64}, std::pair{"bool", Encoding::bit},
      std::pair{"string", Encoding::text},
  };
  for (const auto& [name, encoding] : kTypes) {
    if (word == name) return encoding;
  }
  return std::nullopt;
}

bool is_bits(RegisterKind kind) { return kind == RegisterKind::coil || kind == RegisterKind::discrete; }
bool is_float(Encoding e) { return e == Encoding::f32 || e == Encoding::f64; }
bool is_unsigned(Encoding e) { return e == Encoding::u16 || e == Encoding::u32 || e == Encoding::u64; }

class Resource {
 public:
  Resource(const YamlView& resource, Collector& out)
      : resource_(resource), attributes_(resource["attributes"]), out_(out), name_(resource["name"].text()) {}

  void read(int base, const EdgexMappings& mappings) {
    if (name_.empty()) {
      out_.dropped(resource_.line(), "a deviceResource", "it has no name");
      return;
    }
    point_.name = name_;
    for (const auto step : {&Resource::read_table, &Resource::read_type, &Resource::read_order, &Resource::read_bits,
                            &Resource::read_scale}) {
      if (auto why = (this->*step)(); !why.empty()) return drop(why);
    }
    if (auto why = read_address(base); !why.empty()) return drop(why);
    read_names(mappings);
    read_rest();
    out_.add(std::move(point_), resource_.line());
  }

 private:
  // 2.x and later have the properties flat, 1.x under `value`.
  [[nodiscard]] YamlView property(std::string_view key) const {
    const auto properties = resource_["properties"];
    return properties["value"].is_map() ? properties["value"][key] : properties[key];
  }
  [[nodiscard]] std::string label() const { return fmt::format("point '{}'", name_); }
  void drop(const Refusal& why) { out_.dropped(resource_.line(), label(), why); }

  Refusal read_table() {
    const auto table = attributes_["primaryTable"].text();
    const auto kind = kind_of(table);
    if (!kind)
      return table.empty() ? "it has no primaryTable: no register" : fmt::format("unknown primaryTable '{}'", table);
    point_.kind = *kind;
    return {};
  }

  Refusal read_type() {
    const auto type = property("valueType").exists() ? property("valueType").text() : property("type").text();
    const auto value = encoding_of(type);
    if (!value) return fmt::format("valueType '{}' is none that device-modbus reads", type);
    point_.encoding = *value;
    if (is_bits(point_.kind) && *value != Encoding::bit) {
      return fmt::format("a {} of type {}: only Bool is one bit", device::to_string(point_.kind), type);
    }
    if (*value == Encoding::text) return read_text_length();
    const auto raw_type = attributes_["rawType"].text();
    if (raw_type.empty()) return {};
    const auto raw = encoding_of(raw_type);
    const bool fits =
        raw && is_float(*value) &&
        (*raw == Encoding::s16 || *raw == Encoding::u16 || (*raw == Encoding::s32 && *value == Encoding::f64));
    if (!fits && raw != value)
      return fmt::format("rawType '{}' with valueType '{}' is none that device-modbus reads", raw_type, type);
    point_.encoding = *raw;
    return {};
  }

  Refusal read_text_length() {
    const auto size = attributes_["stringRegisterSize"].integer();
    if (!size || *size < 1 || *size > 123) return "a String needs stringRegisterSize 1 to 123";
    point_.text_registers = static_cast<std::uint16_t>(*size);
    return {};
  }

  // EdgeX swaps only values of two registers.
  Refusal read_order() {
    const auto bytes = attributes_["isByteSwap"];
    const auto words = attributes_["isWordSwap"];
    if ((bytes.exists() && !bytes.truth()) || (words.exists() && !words.truth())) {
      return "isByteSwap and isWordSwap are true or false";
    }
    const bool swap_bytes = bytes.truth().value_or(false);
    const bool swap_words = words.truth().value_or(false);
    if (!swap_bytes && !swap_words) return {};
    if (device::word_count(point_) != 2 || point_.encoding == Encoding::text) {
      out_.note(attributes_.line(), label(), "isByteSwap and isWordSwap are left out: EdgeX swaps only 32-bit values");
      return {};
    }
    point_.order = swap_bytes ? (swap_words ? ByteOrder::dcba : ByteOrder::badc) : ByteOrder::cdab;
    return {};
  }

  Refusal read_address(int base) {
    const auto view = attributes_["startingAddress"];
    const auto word = std::string(trimmed(view.text()));
    const auto dot = word.find('.');
    const auto address = parse_integer(word.substr(0, dot));
    if (!address || *address < base || *address - base > 65535) {
      return fmt::format("startingAddress '{}' is no register from {} to {}", word, base, 65535 + base);
    }
    point_.address = static_cast<std::uint16_t>(*address - base);
    if (dot != std::string::npos) {
      if (auto why = read_bit(view, word.substr(dot + 1)); !why.empty()) return why;
    }
    if (point_.encoding != Encoding::bit || is_bits(point_.kind)) return {};
    point_.encoding = Encoding::u16;
    if (point_.bit < 0) point_.bit = 0;  // a Bool of a register is its lowest bit
    return {};
  }

  // "10.10" is bit 10 of register 10. Without quotes it is a number that EdgeX writes with two decimals: 10.1 is 10.10.
  Refusal read_bit(const YamlView& view, std::string digits) {
    if (!view.is_quoted() && digits.size() == 1) {
      digits += '0';
      out_.note(
          view.line(), label(),
          fmt::format("startingAddress {} without quotes is bit {} for EdgeX (two decimals)", view.text(), digits));
    }
    if (digits.size() > 1 && digits.front() == '0')
      digits.erase(
          0, digits.find_first_not_of('0') == std::string::npos ? digits.size() - 1 : digits.find_first_not_of('0'));
    const auto bit = parse_integer(digits);
    if (!bit || *bit < 0 || *bit > 15) return fmt::format("bit {} of a register of 16", digits);
    if (point_.encoding != Encoding::bit || is_bits(point_.kind)) {
      out_.note(view.line(), label(),
                fmt::format("bit {} is left out: EdgeX takes a bit only of a Bool in a register", digits));
    } else {
      point_.bit = static_cast<int>(*bit);
    }
    return {};
  }

  // mask and shift (negative: to the right) of whole numbers without sign: a field of bits, moved.
  Refusal read_bits() {
    const auto mask = property("mask");
    const auto shift = property("shift");
    const bool has_mask = mask.exists() && mask.integer() != 0;
    const bool has_shift = shift.exists() && shift.integer() != 0;
    if ((!has_mask && !has_shift) || !is_unsigned(point_.encoding)) return {};
    const int bits = 16 * device::word_count(point_);
    const auto all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    const auto wanted = has_mask ? mask.integer() : std::optional<std::int64_t>(-1);
    const auto moved = has_shift ? shift.integer() : std::optional<std::int64_t>(0);
    if (!wanted || !moved || *moved < -63 || *moved > 0)
      return "mask or shift is no whole number, or shifts to the left";
    const auto field = (static_cast<std::uint64_t>(*wanted) & all) >> -*moved << -*moved;
    if (field == 0) return "mask and shift leave no bit";
    const int low = std::countr_zero(field);
    const int width = std::popcount(field);
    if ((field >> low) != (width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1))
      return fmt::format("mask {} has holes", mask.text());
    if (width == bits) return {};
    point_.bit = low;
    point_.bit_width = width;
    // What stays above bit 0 after the shift.
    point_.scale = std::ldexp(1.0, low + static_cast<int>(*moved));
    if (width == 1) {
      out_.note(property("mask").line(), label(), "one bit of a register: a truth here, a number in EdgeX");
      point_.scale = 1;
    }
    return {};
  }

  Refusal read_scale() {
    const auto base = property("base");
    if (base.exists() && base.number() != 0.0 && base.number() != 1.0)
      return fmt::format("base {}: a power of the value; profiles have only scale and offset", base.text());
    const auto scale = property("scale");
    const auto offset = property("offset");
    if (point_.encoding == Encoding::bit || point_.encoding == Encoding::text) return {};
    if ((scale.exists() && !scale.number()) || (offset.exists() && !offset.number())) {
      return fmt::format("scale '{}', offset '{}' are no numbers", scale.text(), offset.text());
    }
    const double factor = scale.number().value_or(1);
    if (point_.bit >= 0 && point_.bit_width == 1 && (factor != 1 || offset.number().value_or(0) != 0))
      return "a single bit with a scale";
    point_.scale *= factor;
    point_.offset = offset.number().value_or(0);
    return {};
  }

  void read_names(const EdgexMappings& mappings) {
    const auto at = mappings.find(name_);
    if (at == mappings.end()) return;
    const bool whole = point_.encoding != Encoding::bit && point_.encoding != Encoding::text &&
                       !is_float(point_.encoding) && point_.bit < 0;
    if (!whole || point_.scale != 1 || point_.offset != 0) {
      out_.not_kept(resource_.line(), label(), "names of values: they are for whole numbers without a scale");
      return;
    }
    for (const auto& [raw, word] : at->second) {
      const auto number = parse_integer(raw);
      if (!number || word.empty()) {
        out_.not_kept(resource_.line(), label(), fmt::format("the name of value '{}'", raw));
        continue;
      }
      point_.values.emplace(*number, one_line(word, 60));
    }
  }

  void read_rest() {
    point_.meaning = resource_["description"].text();
    point_.valid_min = property("minimum").number();
    point_.valid_max = property("maximum").number();
    const auto units = resource_["properties"]["units"];
    point_.unit = units.is_map() ? units["defaultValue"].text() : units.text();
    const auto access = lower(property("readWrite").text());
    if (access == "w") out_.note(resource_.line(), label(), "EdgeX only writes it; here it is read");
    if (access.find('w') == std::string::npos) return;
    if (point_.kind != RegisterKind::holding && point_.kind != RegisterKind::coil) return;
    if (point_.bit >= 0) {
      out_.not_kept(resource_.line(), label(), "writable in EdgeX, which would write the whole register");
      return;
    }
    device::WriteSpec write;
    write.kind = point_.kind;
    write.address = point_.address;
    write.multiple = point_.kind == RegisterKind::coil;
    write.min = point_.valid_min;
    write.max = point_.valid_max;
    point_.write = write;
  }

  const YamlView& resource_;
  YamlView attributes_;
  Collector& out_;
  std::string name_;
  PointSpec point_;
};

}  // namespace

void import_edgex_resource(const YamlView& resource, int address_base, const EdgexMappings& mappings, Collector& out) {
  Resource(resource, out).read(address_base, mappings);
}

}  // namespace wayside::config
