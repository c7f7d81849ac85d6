#include "sim/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace wayside::sim {
std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<std::string_view> words;
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;
       at = text.find_first_not_of(kBlank, at)) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string nearest_hint(std::string_view wrong, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t least = 0;
  for (const auto& name : names) {
    const std::size_t distance = base::edit_distance(wrong, name);
    if (best != nullptr && distance >= least) continue;
    best = &name;
    least = distance;
  }
  return best == nullptr ? std::string{} : fmt::format(" (nearest: '{}')", *best);
}

}  // namespace wayside::sim
