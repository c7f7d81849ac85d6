#include "cli/value_search.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <tuple>

#include "device/words.hpp"

namespace wayside::cli {
namespace {

using device::ByteOrder;
using device::Encoding;

constexpr std::array kEncodings = {Encoding::u16, Encoding::s16, Encoding::bcd16, Encoding::f32,
                                   Encoding::u32, Encoding::s32, Encoding::bcd32, Encoding::f64,
                                   Encoding::u64, Encoding::s64, Encoding::bcd64};
constexpr std::array kOrders = {ByteOrder::abcd, ByteOrder::cdab, ByteOrder::badc, ByteOrder::dcba};
constexpr int kLeastExponent = -4;
constexpr int kMostExponent = 3;

// Of one register only its two bytes can be swapped.
bool makes_sense(Encoding encoding, ByteOrder order) {
  return device::word_count(encoding) > 1 || order == ByteOrder::abcd || order == ByteOrder::badc;
}

std::optional<double> negative(std::int64_t number) {
  return number < 0 ? std::optional(static_cast<double>(number)) : std::nullopt;
}

std::optional<double> number_of(Encoding encoding, std::uint64_t bits) {
  switch (encoding) {
    case Encoding::u16:
    case Encoding::u32:
    case Encoding::u64: return static_cast<double>(bits);
    case Encoding::s16: return negative(static_cast<std::int16_t>(bits));
    case Encoding::s32: return negative(static_cast<std::int32_t>(bits));
    case Encoding::s64: return negative(static_cast<std::int64_t>(bits));
    case Encoding::f32: return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case Encoding::f64: return std::bit_cast<double>(bits);
    case Encoding::bcd16:
    case Encoding::bcd32:
    case Encoding::bcd64: {
      const auto number = device::from_bcd(bits, device::word_count(encoding));
      return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    case Encoding::bit:
    case Encoding::text: break;
  }
  return std::nullopt;
}

void add_scaled(Match match, double raw, const Wanted& wanted, std::vector<Match>& out) {
  if (!std::isfinite(raw) || raw == 0) return;
  for (int exponent = kLeastExponent; exponent <= kMostExponent; ++exponent) {
    // Divided where it is a division: 2290 * 0.1 is not 229.
    const double tens = std::pow(10.0, std::abs(exponent));
    match.value = exponent < 0 ? raw / tens : raw * tens;
    match.off = std::abs(match.value - wanted.value) / std::abs(wanted.value);
    match.exponent = exponent;
    if (match.off <= wanted.tolerance) out.push_back(match);
  }
}

}  // namespace

std::vector<Match> search(const device::RegisterBlock& block, std::span<const std::uint16_t> words,
                          const Wanted& wanted) {
  std::vector<Match> out;
  for (std::size_t at = 0; at < words.size(); ++at) {
    for (const auto encoding : kEncodings) {
      const std::size_t count = device::word_count(encoding);
      if (at + count > words.size()) continue;
      for (const auto order : kOrders) {
        if (!makes_sense(encoding, order)) continue;
        const auto raw = number_of(encoding, device::compose(order, words.subspan(at, count)));
        if (!raw) continue;
        Match match;
        match.kind = block.kind;
        match.address = static_cast<std::uint16_t>(block.first + at);
        match.encoding = encoding;
        match.order = order;
        add_scaled(match, *raw, wanted, out);
      }
    }
  }
  return out;
}

void sort_matches(std::vector<Match>& matches, const Wanted& wanted) {
  // With a little more: 229.05 is shown as 229.0 or as 229.1.
  const double alike = wanted.shown * (1 + 1e-6);
  const auto rank = [alike](const Match& m) {
    const bool whole = m.encoding != Encoding::f32 && m.encoding != Encoding::f64;
    return std::tuple(m.off <= alike ? 0 : m.off, std::abs(m.exponent), m.order, whole, device::word_count(m.encoding),
                      m.off, m.kind, m.address);
  };
  std::ranges::stable_sort(matches, [&rank](const Match& a, const Match& b) { return rank(a) < rank(b); });
}

}  // namespace wayside::cli
