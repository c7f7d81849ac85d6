#include "device/firmware.hpp"

#include <algorithm>
#include <cstdint>

namespace wayside::device {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the next number out of `text`; 0 when there is none. Ten digits and more count as the most.
std::uint64_t next_number(std::string_view& text) {
  constexpr std::uint64_t kMost = 9'999'999'999;
  const auto first = std::find_if(text.begin(), text.end(), is_digit);
  text.remove_prefix(static_cast<std::size_t>(first - text.begin()));
  std::uint64_t number = 0;
  while (!text.empty() && is_digit(text.front())) {
    number = std::min(kMost, number * 10 + static_cast<std::uint64_t>(text.front() - '0'));
    text.remove_prefix(1);
  }
  return number;
}

}  // namespace

std::strong_ordering compare_firmware(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto order = next_number(a) <=> next_number(b);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

bool stands_in(const PointSpec& point, std::string_view firmware) {
  if (firmware.empty()) return true;
  const bool since = point.since_firmware.empty() || compare_firmware(firmware, point.since_firmware) >= 0;
  const bool until = point.until_firmware.empty() || compare_firmware(firmware, point.until_firmware) < 0;
  return since && until;
}

}  // namespace wayside::device
