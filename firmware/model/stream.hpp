// A stream: a kind of events times a data class; a numbered series of chunks; one topic (contracts: streams).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "model/data_class.hpp"

namespace wayside::model {

enum class StreamKind : std::uint8_t { alarm, telemetry };

struct Stream {
  StreamKind kind = StreamKind::telemetry;
  DataClass data_class = DataClass::internal;
  auto operator<=>(const Stream&) const = default;
};

inline constexpr std::array kStreams{
    Stream{StreamKind::alarm, DataClass::open},         Stream{StreamKind::alarm, DataClass::internal},
    Stream{StreamKind::alarm, DataClass::sensitive},    Stream{StreamKind::telemetry, DataClass::open},
    Stream{StreamKind::telemetry, DataClass::internal}, Stream{StreamKind::telemetry, DataClass::sensitive},
};

// 1..6, the number in the database and in wayside.v1.Stream. Never renumbered.
[[nodiscard]] constexpr int stream_number(Stream s) {
  return 1 + static_cast<int>(s.kind) * 3 + static_cast<int>(s.data_class);
}

// Position in kStreams. Requires: 1 <= number <= 6.
[[nodiscard]] constexpr Stream stream_from_number(int number) {
  return kStreams.at(static_cast<std::size_t>(number - 1));
}

[[nodiscard]] constexpr std::string_view to_string(StreamKind kind) {
  return kind == StreamKind::alarm ? "alarm" : "telemetry";
}

}  // namespace wayside::model
