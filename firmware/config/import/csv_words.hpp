// The words that stand in point lists. Pure; any thread; none where a word is not understood.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "device/profile.hpp"

namespace wayside::config {

// As the document writes it.
struct CsvAddress {
  std::int64_t value = 0;
  bool hex = false;
  std::size_t digits = 0;      // of a decimal number, with leading zeros
  std::int64_t registers = 0;  // of "100-101"; 0: not said
  int bit = -1;                // of "100.3", "100:3"
};
[[nodiscard]] std::optional<CsvAddress> csv_address(std::string_view text, bool always_hex);

// 40001 style: 1..9999, 10001.., 30001.., 40001.. with five digits, or 65536 of each with six.
struct NumberedRegister {
  device::RegisterKind kind = device::RegisterKind::holding;
  std::int64_t number = 0;  // within its kind, as written: 40001 is 1
};
[[nodiscard]] std::optional<NumberedRegister> numbered(const CsvAddress& address);

[[nodiscard]] std::optional<device::RegisterKind> csv_kind(std::string_view text);

// `registers`: 0 when not said; decides how wide "int" and "float" are.
[[nodiscard]] std::optional<device::Encoding> csv_type(std::string_view text, std::int64_t registers);

[[nodiscard]] std::optional<device::ByteOrder> csv_order(std::string_view text);

// "0.1", "0,1", "/10", "1/10", "x0.1", "*0.1", "10^-1".
[[nodiscard]] std::optional<double> csv_factor(std::string_view text);
// "1 234"? No: a number with a dot or comma, nothing else.
[[nodiscard]] std::optional<double> csv_number(std::string_view text);

// "0=off;1=on", "0: off, 1: on", a line each.
[[nodiscard]] std::optional<std::map<std::int64_t, std::string>> csv_values(std::string_view text);

}  // namespace wayside::config
