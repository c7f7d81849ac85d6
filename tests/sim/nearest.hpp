// The nearest of some names to a mistyped one, for messages. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wayside::sim {

[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);

// " (nearest: 'leak')", or "" when there is no name at all.
[[nodiscard]] std::string nearest_hint(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace wayside::sim
