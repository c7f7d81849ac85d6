#include "uplink/backoff.hpp"

#include <algorithm>

namespace wayside::uplink {

std::chrono::milliseconds Backoff::next() {
  constexpr int kMostDoublings = 20;
  const auto doubled = std::chrono::milliseconds{limits_.first.count() << std::min(attempts_, kMostDoublings)};
  const auto ceiling = std::min(limits_.most, doubled);
  ++attempts_;
  const auto span = std::max<std::int64_t>((ceiling - limits_.least).count(), 0);
  const auto drawn = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(span) + 1));
  return limits_.least + std::chrono::milliseconds{drawn};
}

}  // namespace wayside::uplink
