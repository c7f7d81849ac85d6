// Text as JSON. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace wayside::base {

// Quoted, with what must not stand in quotes escaped. UTF-8 stays as it is.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace wayside::base
