#include "config/import/csv_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "config/import/names.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::RegisterKind;

constexpr std::size_t kMaxValues = 256;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Letters and digits in lower case.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

std::optional<std::int64_t> hex(std::string_view digits) {
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  const auto value = parse_hex("0x" + lower(digits));
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

// "0x1F", "1Fh", "$1F".
std::optional<std::int64_t> marked_hex(std::string_view word) {
  if (word.starts_with("0x") || word.starts_with("0X")) return hex(word.substr(2));
  if (word.starts_with("$")) return hex(word.substr(1));
  if (word.size() > 1 && (word.back() == 'h' || word.back() == 'H')) return hex(word.substr(0, word.size() - 1));
  return std::nullopt;
}

std::optional<CsvAddress> single_address(std::string_view word, bool always_hex) {
  CsvAddress out;
  if (const auto value = marked_hex(word)) {
    out.value = *value;
    out.hex = true;
    return out;
  }
  if (always_hex) {
    const auto value = hex(word);
    if (!value) return std::nullopt;
    out.value = *value;
    out.hex = true;
    return out;
  }
  if (!is_digits(word) || word.size() > 7) return std::nullopt;
  out.value = *parse_integer(word);
  out.digits = word.size();
  return out;
}

constexpr std::array kPlainTypes{
    std::pair{"uint16", Encoding::u16},        std::pair{"u16", Encoding::u16},
    std::pair{"word", Encoding::u16},          std::pair{"unsigned16", Encoding::u16},
    std::pair{"ushort", Encoding::u16},        std::pair{"16bitunsigned", Encoding::u16},
    std::pair{"unsigned16bit", Encoding::u16}, std::pair{"uint16t", Encoding::u16},
    std::pair{"unsignedshort", Encoding::u16}, std::pair{"int16", Encoding::s16},
    std::pair{"s16", Encoding::s16},           std::pair{"i16", Encoding::s16},
    std::pair{"sint16", Encoding::s16},        std::pair{"short", Encoding::s16},
    std::pair{"signed16", Encoding::s16},      std::pair{"16bitsigned", Encoding::s16},
    std::pair{"signed16bit", Encoding::s16},   std::pair{"int16t", Encoding::s16},
    std::pair{"uint32", Encoding::u32},        std::pair{"u32", Encoding::u32},
    std::pair{"dword", Encoding::u32},         std::pair{"udint", Encoding::u32},
    std::pair{"unsigned32", Encoding::u32},    std::pair{"ulong", Encoding::u32},
    std::pair{"32bitunsigned", Encoding::u32}, std::pair{"unsigned32bit", Encoding::u32},
    std::pair{"uint32t", Encoding::u32},       std::pair{"int32", Encoding::s32},
    std::pair{"s32", Encoding::s32},           std::pair{"i32", Encoding::s32},
    std::pair{"sint32", Encoding::s32},        std::pair{"dint", Encoding::s32},
    std::pair{"signed32", Encoding::s32},      std::pair{"long", Encoding::s32},
    std::pair{"32bitsigned", Encoding::s32},   std::pair{"signed32bit", Encoding::s32},
    std::pair{"uint64", Encoding::u64},        std::pair{"u64", Encoding::u64},
    std::pair{"ulint", Encoding::u64},         std::pair{"int64", Encoding::s64},
    std::pair{"s64", Encoding::s64},           std::pair{"i64", Encoding::s64},
    std::pair{"lint", Encoding::s64},          std::pair{"float32", Encoding::f32},
    std::pair{"f32", Encoding::f32},           std::pair{"real", Encoding::f32},
    std::pair{"single", Encoding::f32},        std::pair{"ieee754", Encoding::f32},
    std::pair{"32bitfloat", Encoding::f32},    std::pair{"float32bit", Encoding::f32},
    std::pair{"float32ieee", Encoding::f32},   std::pair{"float64", Encoding::f64},
    std::pair{"f64", Encoding::f64},           std::pair{"double", Encoding::f64},
    std::pair{"lreal", Encoding::f64},         std::pair{"bool", Encoding::bit},
    std::pair{"boolean", Encoding::bit},       std::pair{"bit", Encoding::bit},
    std::pair{"binary", Encoding::bit},        std::pair{"digital", Encoding::bit},
    std::pair{"coil", Encoding::bit},          std::pair{"bcd16", Encoding::bcd16},
    std::pair{"bcd32", Encoding::bcd32},       std::pair{"bcd64", Encoding::bcd64},
    std::pair{"string", Encoding::text},       std::pair{"text", Encoding::text},
    std::pair{"char", Encoding::text},         std::pair{"ascii", Encoding::text},
    std::pair{"utf8", Encoding::text},
};

// Types whose width is that of their registers.
constexpr std::array kWideTypes{
    std::pair{"uint", std::array{Encoding::u16, Encoding::u32, Encoding::u64}},
    std::pair{"unsigned", std::array{Encoding::u16, Encoding::u32, Encoding::u64}},
    std::pair{"unsignedint", std::array{Encoding::u16, Encoding::u32, Encoding::u64}},
    std::pair{"unsignedinteger", std::array{Encoding::u16, Encoding::u32, Encoding::u64}},
    std::pair{"int", std::array{Encoding::s16, Encoding::s32, Encoding::s64}},
    std::pair{"integer", std::array{Encoding::s16, Encoding::s32, Encoding::s64}},
    std::pair{"signed", std::array{Encoding::s16, Encoding::s32, Encoding::s64}},
    std::pair{"signedint", std::array{Encoding::s16, Encoding::s32, Encoding::s64}},
    std::pair{"bcd", std::array{Encoding::bcd16, Encoding::bcd32, Encoding::bcd64}},
};

std::optional<std::size_t> width_index(std::int64_t registers) {
  if (registers == 1) return 0;
  if (registers == 2) return 1;
  if (registers == 4) return 2;
  return std::nullopt;
}

std::optional<std::pair<std::int64_t, std::string>> csv_value(std::string_view part) {
  const auto middle = part.find_first_of("=:");
  if (middle == std::string_view::npos) return std::nullopt;
  const auto left = trimmed(part.substr(0, middle));
  const auto raw = marked_hex(left) ? marked_hex(left) : parse_integer(left);
  const auto name = one_line(part.substr(middle + 1), 60);
  if (!raw || name.empty()) return std::nullopt;
  return std::pair{*raw, name};
}

}  // namespace

std::optional<CsvAddress> csv_address(std::string_view text, bool always_hex) {
  auto word = trimmed(text);
  std::string_view rest;
  const auto mark = word.find_first_of("-.:");
  if (mark != std::string_view::npos) {
    rest = word.substr(mark);
    word = trimmed(word.substr(0, mark));
  }
  auto out = single_address(word, always_hex);
  if (!out || rest.empty()) return out;
  const bool range = rest.starts_with("-") || rest.starts_with("..");
  rest = trimmed(rest.substr(rest.starts_with("..") ? 2 : 1));
  const auto last = range ? single_address(rest, always_hex) : std::nullopt;
  if (range) {
    if (!last || last->value < out->value) return std::nullopt;
    out->registers = last->value - out->value + 1;
    return out;
  }
  if (!is_digits(rest) || rest.size() > 2) return std::nullopt;
  out->bit = static_cast<int>(*parse_integer(rest));
  return out;
}

std::optional<NumberedRegister> numbered(const CsvAddress& address) {
  if (address.hex || (address.digits != 5 && address.digits != 6)) return std::nullopt;
  const std::int64_t block = address.digits == 5 ? 10'000 : 100'000;
  const auto number = address.value % block;
  if (number > 65'536) return std::nullopt;
  switch (address.value / block) {
    case 0: return NumberedRegister{RegisterKind::coil, number};
    case 1: return NumberedRegister{RegisterKind::discrete, number};
    case 3: return NumberedRegister{RegisterKind::input, number};
    case 4: return NumberedRegister{RegisterKind::holding, number};
    default: return std::nullopt;
  }
}

std::optional<RegisterKind> csv_kind(std::string_view text) {
  auto word = plain(text);
  if (word.starts_with("fc")) word.erase(0, 2);
  if (word.starts_with("0x0")) word.erase(0, 3);
  const auto is = [&word](auto... names) { return ((word == names) || ...); };
  if (is("holding", "holdingregister", "holdingregisters", "hr", "3", "03", "4x", "hold", "03h"))
    return RegisterKind::holding;
  if (is("input", "inputregister", "inputregisters", "ir", "4", "04", "3x", "04h")) return RegisterKind::input;
  if (is("coil", "coils", "1", "01", "0x", "digitaloutput", "do", "01h")) return RegisterKind::coil;
  if (is("discrete", "discreteinput", "discreteinputs", "inputstatus", "2", "02", "1x", "digitalinput", "di", "02h")) {
    return RegisterKind::discrete;
  }
  // "3/6", "03, 06, 16": read by the first, written by the others.
  const auto first = trimmed(text.substr(0, text.find_first_of("/,;&")));
  return first.size() < trimmed(text).size() ? csv_kind(first) : std::nullopt;
}

std::optional<Encoding> csv_type(std::string_view text, std::int64_t registers) {
  const auto word = plain(text);
  for (const auto& [name, encoding] : kPlainTypes) {
    if (word == name) return encoding;
  }
  if (word == "float") {
    if (registers == 4) return Encoding::f64;
    return registers == 0 || registers == 2 ? std::optional(Encoding::f32) : std::nullopt;
  }
  const auto width = width_index(registers);
  if (!width) return std::nullopt;
  for (const auto& [name, encodings] : kWideTypes) {
    if (word == name) return encodings.at(*width);
  }
  return std::nullopt;
}

std::optional<ByteOrder> csv_order(std::string_view text) {
  const auto word = plain(text);
  const auto is = [&word](auto... names) { return ((word == names) || ...); };
  if (is("abcd", "ab", "abcdefgh", "bigendian", "big", "be", "mswfirst", "highwordfirst", "hiwordfirst", "1234",
         "highlow", "msw", "msb", "msbfirst"))
    return ByteOrder::abcd;
  if (is("cdab", "ghefcdab", "lswfirst", "lowwordfirst", "lowordfirst", "wordswap", "wordswapped", "swapped", "3412",
         "lowhigh", "lsw", "inverse"))
    return ByteOrder::cdab;
  if (is("badc", "badcfehg", "byteswap", "byteswapped", "2143")) return ByteOrder::badc;
  if (is("dcba", "ba", "hgfedcba", "4321", "wordandbyteswap")) return ByteOrder::dcba;
  return std::nullopt;  // "little endian" means CDAB to some and DCBA to others
}

std::optional<double> csv_number(std::string_view text) {
  std::string word(trimmed(text));
  if (std::ranges::count(word, ',') == 1 && word.find('.') == std::string::npos) std::ranges::replace(word, ',', '.');
  if (word.starts_with('+')) word.erase(0, 1);
  return parse_number(word);
}

std::optional<double> csv_factor(std::string_view text) {
  auto word = trimmed(text);
  if (word.starts_with("10^") || word.starts_with("10E") || word.starts_with("10e")) {
    const auto exponent = parse_integer(word.substr(3));
    if (!exponent || *exponent < -15 || *exponent > 15) return std::nullopt;
    return parse_number(fmt::format("1e{}", *exponent));
  }
  const auto slash = word.find('/');
  if (slash != std::string_view::npos) {
    const auto above = slash == 0 ? std::optional(1.0) : csv_number(word.substr(0, slash));
    const auto below = csv_number(word.substr(slash + 1));
    if (!above || !below || *below == 0) return std::nullopt;
    return *above / *below;
  }
  if (word.starts_with('*')) word.remove_prefix(1);
  const auto value = csv_number(word);
  return value && *value != 0 ? value : std::nullopt;  // "x10": which way round?
}

std::optional<std::map<std::int64_t, std::string>> csv_values(std::string_view text) {
  const auto separators =
      text.find_first_of(";|\n") != std::string_view::npos ? std::string_view(";|\n") : std::string_view(",");
  std::map<std::int64_t, std::string> out;
  while (!text.empty() && out.size() < kMaxValues) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    const auto part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const auto value = csv_value(part);
    if (!value) return std::nullopt;
    out.insert(*value);
  }
  return out;
}

}  // namespace wayside::config
