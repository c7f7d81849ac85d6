#include "device/words.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::device {

namespace {

bool words_swapped(ByteOrder order) { return order == ByteOrder::cdab || order == ByteOrder::dcba; }
bool bytes_swapped(ByteOrder order) { return order == ByteOrder::badc || order == ByteOrder::dcba; }

std::uint16_t swapped(std::uint16_t word) { return static_cast<std::uint16_t>((word >> 8U) | (word << 8U)); }

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Bytes of the character that `text` begins with; 0 where it begins none that can be shown. RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF. Control characters: C0, DEL and C1.
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const std::size_t size = first >= 0xC2 && first <= 0xDF ? 2U : first >= 0xE0 && first <= 0xEF ? 3U : 4U;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
  }
  const unsigned second = byte(1);
  const bool c1 = first == 0xC2 && second < 0xA0;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
  return c1 || overlong || beyond ? 0 : size;
}

std::string characters(ByteOrder order, std::span<const std::uint16_t> words) {
  std::string out;
  const bool one_each = !words.empty() && (bytes_swapped(order) ? swapped(words[0]) : words[0]) < 0x100;
  for (auto word : words) {
    if (bytes_swapped(order)) word = swapped(word);
    if (!one_each) out.push_back(static_cast<char>(word >> 8U));
    out.push_back(static_cast<char>(word & 0xFFU));
  }
  return out;
}

bool is_padding(char c) { return c == ' ' || c == '\xFF' || c == '\r' || c == '\n' || c == '\t'; }

}  // namespace

std::uint64_t compose(ByteOrder order, std::span<const std::uint16_t> words) {
  WAYSIDE_ASSERT(words.size() <= 4);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = words[words_swapped(order) ? words.size() - 1 - i : i];
    all = (all << 16U) | (bytes_swapped(order) ? swapped(word) : word);
  }
  return all;
}

std::vector<std::uint16_t> lay_out(ByteOrder order, std::uint64_t bits, std::uint16_t count) {
  WAYSIDE_ASSERT(count <= 4);
  std::vector<std::uint16_t> words(count);
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    *word = static_cast<std::uint16_t>(bits);
    if (bytes_swapped(order)) *word = swapped(*word);
    bits >>= 16U;
  }
  if (words_swapped(order)) std::reverse(words.begin(), words.end());
  return words;
}

std::optional<std::int64_t> from_bcd(std::uint64_t bits, std::uint16_t words) {
  std::int64_t number = 0;
  for (int nibble = 4 * words - 1; nibble >= 0; --nibble) {
    const auto digit = static_cast<std::int64_t>((bits >> (4U * static_cast<unsigned>(nibble))) & 0xFU);
    if (digit > 9) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

std::optional<std::uint64_t> to_bcd(std::int64_t number, std::uint16_t words) {
  if (number < 0) return std::nullopt;
  std::uint64_t bits = 0;
  for (unsigned nibble = 0; nibble < 4U * words; ++nibble) {
    bits |= static_cast<std::uint64_t>(number % 10) << (4U * nibble);
    number /= 10;
  }
  if (number != 0) return std::nullopt;
  return bits;
}

Text text_of(ByteOrder order, std::span<const std::uint16_t> words) {
  const auto bytes = characters(order, words);
  std::string_view rest(bytes);
  rest = rest.substr(0, rest.find('\0'));
  while (!rest.empty() && is_padding(rest.back())) rest.remove_suffix(1);
  while (!rest.empty() && is_padding(rest.front())) rest.remove_prefix(1);
  Text out;
  while (!rest.empty()) {
    const auto size = character(rest);
    out.text += size == 0 ? kReplacement : rest.substr(0, size);
    out.clean = out.clean && size != 0;
    rest.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::optional<std::vector<std::uint16_t>> text_words(ByteOrder order, std::string_view text, std::uint16_t count) {
  if (text.size() > 2U * count) return std::nullopt;
  for (auto rest = text; !rest.empty();) {
    const auto size = character(rest);
    if (size == 0) return std::nullopt;
    rest.remove_prefix(size);
  }
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    words[i / 2] = static_cast<std::uint16_t>(words[i / 2] | (i % 2 == 0 ? byte << 8U : byte));
  }
  if (bytes_swapped(order)) std::transform(words.begin(), words.end(), words.begin(), swapped);
  return words;
}

}  // namespace wayside::device
