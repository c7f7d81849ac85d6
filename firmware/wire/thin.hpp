// Thinning: several stored telemetry chunks become one that says less: for each span of time and point the least, the
// most, the mean, the count, the worst quality, the first and the last value (wayside.v1.ThinnedTelemetry). What is
// thinned already is thinned again into wider spans; nothing gets finer. Pure; any thread.
//
// docs/store.md says what is kept of the other events.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"
#include "model/stream.hpp"
#include "wire/body.hpp"
#include "wire/chunker.hpp"

namespace wayside::wire {

// Each is a whole number of the one before: the longer the room is short, the wider.
inline constexpr std::array<std::chrono::microseconds, 5> kThinWidths{std::chrono::minutes{1}, std::chrono::minutes{10},
                                                                      std::chrono::hours{1}, std::chrono::hours{6},
                                                                      std::chrono::hours{24}};

// A chunk as it is stored (ports::StoredChunk has the same fields). The views must outlive the call.
struct StoredBody {
  model::Epoch epoch{};
  model::Stream stream;
  model::ChunkNumber first = 0;
  model::ChunkNumber last = 0;
  base::BootId boot{};
  base::ByteView catalogue;
  base::BootTime first_offset{};
  base::BootTime last_offset{};
  std::uint8_t codec = 0;
  std::uint32_t checksum = 0;
  base::ByteView row;
};

struct ThinnedChunk {
  std::size_t taken = 0;  // of the chunks given, from the front; at least one
  model::ChunkNumber first = 0;
  model::ChunkNumber last = 0;
  SealedChunk chunk;
};

// Thins as many of `chunks`, from the front, as follow each other without a gap (one stream, epoch, boot and catalogue)
// and fit into one body of Chunker::kTelemetryBodyLimit, compressed. A chunk behind the first that cannot be opened
// ends the row; so an error is always about the first:
//   corrupt (drop_record)          its body is damaged: an entry of the ledger
//   denied (skip_point)            it is sealed, or of a newer release: it is left as it is
//   full (skip_point)              thinned it does not fit into one body: it is left as it is
//   invalid_argument               no chunk, not telemetry, width below one microsecond or above kThinWidths.back()
// The result need not be smaller than what it stands for: whoever asks compares.
[[nodiscard]] base::Result<ThinnedChunk> thin(std::span<const StoredBody> chunks, std::chrono::microseconds width,
                                              Codec codec);

// The narrowest span in a chunk; zero: readings as they were taken; none: no readings at all. Errors as above.
[[nodiscard]] base::Result<std::optional<std::chrono::microseconds>> thinned_width(const StoredBody& chunk);

}  // namespace wayside::wire
