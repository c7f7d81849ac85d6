#include "uplink/backoff.hpp"

#include <algorithm>

namespace wayside::uplink {
namespace {
constexpr int kMostDoublings = 20;
}

std::chrono::milliseconds Backoff::next() {
  const auto doubled = std::chrono::milliseconds{limits_.first.count() << std::min(attempts_, kMostDoublings)};
  ++attempts_;
  return between(limits_.least, std::min(limits_.most, doubled));
}

std::chrono::milliseconds Backoff::within_round() { return between(limits_.least, limits_.first); }

std::chrono::milliseconds Backoff::longest() {
  attempts_ = kMostDoublings;
  return between(limits_.most / 2, limits_.most);
}

std::chrono::milliseconds Backoff::between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  const auto span = std::max<std::int64_t>((most - least).count(), 0);
  const auto drawn = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(span) + 1));
  return least + std::chrono::milliseconds{drawn};
}

}  // namespace wayside::uplink
