#include "config/scalars.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace wayside::config {
namespace {

using std::chrono::microseconds;

struct TimeUnit {
  std::string_view name;
  std::int64_t microseconds;
};

constexpr std::array kTimeUnits{
    TimeUnit{"d", 86'400'000'000}, TimeUnit{"h", 3'600'000'000}, TimeUnit{"m", 60'000'000},
    TimeUnit{"s", 1'000'000},      TimeUnit{"ms", 1'000},
};

struct SizeUnit {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array kSizeUnits{
    SizeUnit{"GiB", std::size_t{1} << 30U},
    SizeUnit{"MiB", std::size_t{1} << 20U},
    SizeUnit{"KiB", std::size_t{1} << 10U},
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T, class... Base>
std::optional<T> parse_all(std::string_view text, Base... base) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base...);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

base::Error bad(std::string what) { return base::Error{base::Errc::config, base::Consequence::fatal, std::move(what)}; }

base::Result<microseconds> with_unit(std::int64_t count, std::string_view digits, std::string_view unit) {
  if (unit.empty()) {
    return bad(fmt::format("it needs a unit: write {}s for seconds or {}ms for milliseconds", digits, digits));
  }
  for (const auto& known : kTimeUnits) {
    if (known.name != unit) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / known.microseconds) return bad("it is too long");
    return microseconds{count * known.microseconds};
  }
  if (unit.front() == '.') return bad("it must be a whole number with a unit: write 1500ms and not 1.5s");
  return bad(fmt::format("unknown unit '{}': write ms, s, m, h or d, such as {}s", unit, digits));
}

}  // namespace

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  return parse_all<std::uint64_t>(text.substr(2), 16);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!text.starts_with("0x")) return parse_all<std::int64_t>(text, 10);
  const auto bits = parse_hex(text);
  if (!bits || *bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::int64_t>(*bits);
}

std::optional<double> parse_number(std::string_view text) {
  if (const auto integer = parse_integer(text)) return static_cast<double>(*integer);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (!is_digit(digits.front()) && digits.front() != '.')) return std::nullopt;  // no "inf", "nan"
  const auto value = parse_all<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<bool> parse_truth(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

// 1h30m: each piece a number and its unit, each unit smaller than the one before.
base::Result<microseconds> parse_duration(std::string_view text) {
  microseconds total{};
  microseconds least = microseconds::max();  // a piece must be of a smaller unit than the one before
  do {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == 0) return bad("write a whole number with a unit, such as 500ms, 1s, 2m, 1h or 1d");
    const auto count = parse_all<std::int64_t>(text.substr(0, digits), 10);
    if (!count) return bad("it is too long");
    std::size_t end = digits;
    while (end < text.size() && !is_digit(text[end])) ++end;
    const auto piece = with_unit(*count, text.substr(0, digits), text.substr(digits, end - digits));
    if (!piece) return piece;
    const auto unit = *with_unit(1, "1", text.substr(digits, end - digits));
    if (unit >= least) return bad("write the larger unit first, and each once: 1h30m");
    if (*piece > microseconds::max() - total) return bad("it is too long");
    total += *piece;
    least = unit;
    text.remove_prefix(end);
  } while (!text.empty());
  return total;
}

std::string duration_text(microseconds duration) {
  if (duration.count() == 0) return "0s";
  for (const auto& unit : kTimeUnits) {
    if (duration.count() % unit.microseconds == 0) {
      return fmt::format("{}{}", duration.count() / unit.microseconds, unit.name);
    }
  }
  return fmt::format("{}us", duration.count());
}

std::optional<std::size_t> parse_bytes(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto count = parse_all<std::uint32_t>(text.substr(0, digits), 10);
  auto unit = text.substr(digits);
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& known : kSizeUnits) {
    if (count && known.name == unit) return *count * known.bytes;
  }
  return std::nullopt;
}

std::string bytes_text(std::size_t bytes) {
  for (const auto& unit : kSizeUnits) {
    if (bytes > 0 && bytes % unit.bytes == 0) return fmt::format("{} {}", bytes / unit.bytes, unit.name);
  }
  return fmt::format("{} bytes", bytes);
}

}  // namespace wayside::config
