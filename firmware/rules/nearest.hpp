// "Did you mean": the word nearest to one that is not known. Pure functions; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace wayside::rules {

// How many letters must be changed, put in or left out.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// ` (nearest: "volume")`, or nothing when no word is near (more than a third of the letters, and more than two,
// differ).
[[nodiscard]] std::string nearest_hint(std::string_view word, const std::set<std::string>& known);

}  // namespace wayside::rules
