// Files that were set aside: `<database>.set-aside-<time of its last write>`, with its log beside it under the same
// name. They are kept for a person to look at, within bounds: the newest three, and 256 MiB (of the newest one more
// than that, if it is larger by itself).
#pragma once

#include <string>

#include "store/files.hpp"

namespace wayside::store {

inline constexpr std::size_t kMostSetAside = 3;
inline constexpr std::uint64_t kMostSetAsideBytes = std::uint64_t{256} << 20U;

// What the names of such files begin with.
[[nodiscard]] std::string set_aside_prefix(const std::string& database);

// Moves `from` and `from`-wal to a free name for `database`, which is answered; durable when this returns. `from` may
// be missing: then only the log is moved.
[[nodiscard]] base::Result<std::string> set_aside(Files& files, const std::string& database, const std::string& from);

// Removes the oldest beyond the bounds.
void prune_set_aside(Files& files, const std::string& database);

}  // namespace wayside::store
