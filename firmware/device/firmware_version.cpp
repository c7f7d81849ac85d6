#include "device/firmware_version.hpp"

#include <algorithm>
#include <vector>

namespace wayside::device {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A part of a version. Rank: -1 a pre-release word, 0 a number, 1 any other word.
struct Part {
  int rank = 0;
  std::string text;  // of a number without leading zeros: "" is 0
};

int rank_of(const std::string& word) {
  const bool early = word == "rc" || word == "beta" || word == "alpha" || word == "pre" || word == "dev";
  return early ? -1 : 1;
}

std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < text.size();) {
    const auto from = i;
    if (is_digit(text[i])) {
      while (i < text.size() && is_digit(text[i])) ++i;
      const auto first = std::min(text.find_first_not_of('0', from), i);
      parts.push_back({0, std::string(text.substr(first, i - first))});
    } else if (is_letter(text[i])) {
      std::string word;
      for (; i < text.size() && is_letter(text[i]); ++i) word += lower(text[i]);
      if (parts.empty() && (word == "v" || word == "ver" || word == "version")) continue;
      const int rank = rank_of(word);
      parts.push_back({rank, std::move(word)});
    } else {
      ++i;
    }
  }
  return parts;
}

std::strong_ordering compare(const Part& a, const Part& b) {
  if (a.rank != b.rank) return a.rank <=> b.rank;
  if (a.rank == 0 && a.text.size() != b.text.size()) return a.text.size() <=> b.text.size();
  return a.text.compare(b.text) <=> 0;
}

}  // namespace

std::strong_ordering compare_firmware(std::string_view a, std::string_view b) {
  const auto left = parts_of(a);
  const auto right = parts_of(b);
  const Part zero{};
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto order = compare(i < left.size() ? left[i] : zero, i < right.size() ? right[i] : zero);
    if (order != std::strong_ordering::equal) return order;
  }
  return std::strong_ordering::equal;
}

bool has_point(std::string_view firmware, const PointSpec& point) {
  if (firmware.empty()) return true;
  if (!point.since_firmware.empty() && compare_firmware(firmware, point.since_firmware) < 0) return false;
  return point.until_firmware.empty() || compare_firmware(firmware, point.until_firmware) < 0;
}

}  // namespace wayside::device
