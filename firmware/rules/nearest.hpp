// "Did you mean" in the words of rule problems. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/nearest.hpp"

namespace wayside::rules {

// ` (nearest: "volume")`, or nothing when no known word is near.
[[nodiscard]] inline std::string nearest_hint(std::string_view word, const std::set<std::string>& known) {
  const auto near = base::nearest(word, {known.begin(), known.end()});
  return near ? " (nearest: \"" + *near + "\")" : std::string();
}

}  // namespace wayside::rules
