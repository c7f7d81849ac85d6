#include "daemon/frame_find.hpp"

namespace wayside::daemon {
namespace {

constexpr std::size_t kMostFrames = 8;  // of one exchange: noise may follow the request

std::size_t unit_at(bus::CaptureKind kind) { return kind == bus::CaptureKind::modbus_tcp ? 6 : 0; }

// MODBUS Application Protocol V1.1b3, 6.1 to 6.4.
std::uint8_t function_of(device::RegisterKind kind) {
  switch (kind) {
    case device::RegisterKind::coil: return 1;
    case device::RegisterKind::discrete: return 2;
    case device::RegisterKind::holding: return 3;
    case device::RegisterKind::input: return 4;
  }
  return 0;
}

bool is_request_to(const ports::CapturedFrame& frame, bus::CaptureKind kind, const Wanted& wanted) {
  if (!frame.sent) return false;
  if (kind == bus::CaptureKind::other) return wanted.alone;
  const auto at = unit_at(kind);
  return frame.bytes.size() > at && frame.bytes[at] == wanted.unit;
}

// Its address and count stand behind the function, high byte first. A frame whose data are zeroed covers nothing.
bool covers(const ports::CapturedFrame& frame, bus::CaptureKind kind, const device::RegisterBlock& block) {
  const auto at = unit_at(kind) + 1;
  if (kind == bus::CaptureKind::other || frame.bytes.size() < at + 5) return false;
  const auto word = [&frame](std::size_t i) { return (std::uint32_t{frame.bytes[i]} << 8U) | frame.bytes[i + 1]; };
  const auto first = word(at + 1);
  return frame.bytes[at] == function_of(block.kind) && first <= block.first &&
         first + word(at + 3) >= std::uint32_t{block.first} + block.count;
}

std::vector<ports::CapturedFrame> exchange_from(const std::vector<ports::CapturedFrame>& frames, std::size_t begin) {
  std::vector<ports::CapturedFrame> out{frames[begin]};
  for (auto i = begin + 1; i < frames.size() && !frames[i].sent && out.size() < kMostFrames; ++i) {
    out.push_back(frames[i]);
  }
  return out;
}

}  // namespace

std::vector<ports::CapturedFrame> newest_exchange(const std::vector<ports::CapturedFrame>& frames,
                                                  bus::CaptureKind kind, const Wanted& wanted) {
  std::optional<std::size_t> any;
  for (auto i = frames.size(); i-- > 0;) {
    if (!is_request_to(frames[i], kind, wanted)) continue;
    const bool is_it = frames[i].at >= wanted.since && wanted.read && covers(frames[i], kind, *wanted.read);
    if (!wanted.read || is_it) return exchange_from(frames, i);
    if (!any) any = i;
  }
  return any ? exchange_from(frames, *any) : std::vector<ports::CapturedFrame>{};
}

}  // namespace wayside::daemon
