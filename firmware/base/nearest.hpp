// "Did you mean": the valid name nearest to a wrong one, by edit distance. Pure; any thread; cannot fail.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::base {

// Insertions, deletions, replacements and swaps of neighbours, upper and lower case alike.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of the nearest candidates; none when all are too far off to be a slip of the finger.
[[nodiscard]] std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& candidates);

// To append to a message: "; did you mean 'x'?", or "; known: a, b" when none is near, or "" without candidates.
[[nodiscard]] std::string hint(std::string_view wrong, const std::vector<std::string>& candidates);

}  // namespace wayside::base
