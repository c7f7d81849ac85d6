// What is looked at before any parser sees a text. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wayside::config {

struct TextFault {
  int line = 1;
  std::string what;
};

// None: at most kMaxImportSize bytes of UTF-8 without a NUL.
[[nodiscard]] std::optional<TextFault> fault_of_text(std::string_view text);

// Without a byte order mark.
[[nodiscard]] std::string_view without_mark(std::string_view text);

}  // namespace wayside::config
