// Who may see a value. The class decides the stream and so the topic (contracts: streams, topics).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wayside::model {

// Ordered: a later one is higher.
enum class DataClass : std::uint8_t { open, internal, sensitive };

inline constexpr std::array kDataClasses{DataClass::open, DataClass::internal, DataClass::sensitive};

[[nodiscard]] constexpr DataClass highest(DataClass a, DataClass b) { return std::max(a, b); }

// "public", "internal", "sensitive": the words of the files and topics (`public` is a keyword of C++).
[[nodiscard]] constexpr std::string_view to_string(DataClass c) {
  switch (c) {
    case DataClass::open: return "public";
    case DataClass::internal: return "internal";
    case DataClass::sensitive: return "sensitive";
  }
  return "?";
}

[[nodiscard]] constexpr std::optional<DataClass> parse_data_class(std::string_view text) {
  for (const auto c : kDataClasses) {
    if (text == to_string(c)) return c;
  }
  return std::nullopt;
}

}  // namespace wayside::model
