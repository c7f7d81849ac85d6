// JSON of values that are no messages, as text. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"

namespace wayside::cli {

[[nodiscard]] std::string json_text(std::string_view text);  // quoted
[[nodiscard]] std::string json_list(const std::vector<std::string>& values);
// Names and values that are JSON already.
[[nodiscard]] std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members);
// {"file", "line", "column", "what"} of each.
[[nodiscard]] std::string json_problems(const std::vector<config::Problem>& problems);

}  // namespace wayside::cli
