#include "sim/devices/frame_meter.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::sim {
namespace {

constexpr std::size_t kMostHeard = 256;  // longer than any request
constexpr std::uint8_t kAny = 0xAA;

}  // namespace

std::vector<base::Bytes> FrameMeter::hear(base::ByteView bytes) {
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  std::vector<base::Bytes> answers;
  for (std::size_t at = 0; at < heard_.size();) {
    const auto rest = base::ByteView(heard_).subspan(at);
    const std::size_t size = request_size(rest);
    if (size == 0) {
      ++at;
      continue;
    }
    if (auto reply = answer(rest.first(size)); !reply.empty()) answers.push_back(std::move(reply));
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(at + size));
    at = 0;
  }
  if (heard_.size() > kMostHeard) heard_.erase(heard_.begin(), heard_.end() - kMostHeard);
  return answers;
}

base::Bytes FrameMeter::bcd(double number, std::size_t bytes) {
  auto rest = static_cast<std::uint64_t>(std::max(0.0, std::round(number)));
  base::Bytes out;
  for (; out.size() < bytes; rest /= 100) out.push_back(static_cast<std::uint8_t>(rest % 100 / 10 * 16 + rest % 10));
  return out;
}

std::uint8_t FrameMeter::sum(base::ByteView bytes) {
  unsigned total = 0;
  for (const auto byte : bytes) total += byte;
  return static_cast<std::uint8_t>(total);
}

bool FrameMeter::calls(base::ByteView called, base::ByteView own) {
  return std::equal(called.begin(), called.end(), own.begin(), own.end(),
                    [](std::uint8_t c, std::uint8_t o) { return c == kAny || c == o; });
}

}  // namespace wayside::sim
