// What the store may take of the disk, and how long it keeps what has arrived (docs/decisions/0015).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace wayside::store {

struct Bounds {
  // Of used pages, the log, what was set aside, and the ballast.
  std::uint64_t max_bytes = std::uint64_t{1} << 30U;
  // Of the file system: with less than this left the store does not grow.
  std::uint64_t min_free = std::uint64_t{32} << 20U;
  // Telemetry older than this goes unsent. None: never for its age.
  std::optional<std::chrono::seconds> max_age = std::nullopt;
  // How long released telemetry stays. 0: not at all.
  std::chrono::seconds history = std::chrono::hours{7 * 24};
  // Kept beside the database, and given up when there is no room. 0: none.
  std::uint64_t ballast = std::uint64_t{1} << 20U;
};

}  // namespace wayside::store
