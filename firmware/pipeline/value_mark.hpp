// A value as a kind and 64 bits: enough to see that it is the same as the last one, in a fixed place.
// Two texts may share their bits (a hash); then a change is taken for none, once in 2^64.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.hpp"
#include "model/value.hpp"

namespace wayside::pipeline {

// Whole numbers and fractions are one kind: a driver may give 1 and then 1.5.
enum class ValueKind : std::uint8_t { none, number, truth, text };

struct ValueMark {
  ValueKind kind = ValueKind::none;
  std::uint64_t bits = 0;
  bool operator==(const ValueMark&) const = default;
};

[[nodiscard]] inline ValueMark mark_of(const model::Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* text = std::get_if<std::string>(&value)) {
    return {ValueKind::text, base::fnv1a(base::as_bytes(*text))};
  }
  if (const auto* truth = std::get_if<bool>(&value)) return {ValueKind::truth, *truth ? 1U : 0U};
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return {ValueKind::number, std::bit_cast<std::uint64_t>(static_cast<double>(*whole))};
  }
  return {ValueKind::number, std::bit_cast<std::uint64_t>(std::get<double>(value))};
}

}  // namespace wayside::pipeline
