// Chunk bodies as readings again, for who asks for the history of a device. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/history.hpp"
#include "model/ids.hpp"

namespace wayside::wire {

// What a catalogue says of a point that was asked for.
struct RecordedPoint {
  std::string name;                            // within the device
  std::string unit;                            // UCUM
  std::map<std::int64_t, std::string> values;  // of an enumeration
};
// By their index in the catalogue.
using RecordedPoints = std::map<std::uint32_t, RecordedPoint>;

// The points of a device in an encoded wayside.v1.Catalogue; `point` empty: all of them. Errors: corrupt.
[[nodiscard]] base::Result<RecordedPoints> recorded_points(base::ByteView catalogue, const model::DeviceId& device,
                                                           std::string_view point);

struct RecordedReading {
  std::uint32_t point = 0;  // index in the catalogue
  base::BootTime at{};
  model::Value value;  // none: there was no value
  model::Quality quality = model::Quality::good;
  std::optional<model::HistoryBucket> bucket;
};

// Gives every reading of `points` in an encoded wayside.v1.ChunkBody to `take`, in the order of the body. Errors:
// corrupt, for a body that no gateway wrote; some of it may have been taken then.
[[nodiscard]] base::Result<void> read_recorded(base::ByteView body, const RecordedPoints& points,
                                               const std::function<void(RecordedReading)>& take);

}  // namespace wayside::wire
