// The newest frames of a bus, sent and received, with their times: bounded by the bytes they hold. Adding costs no
// allocation but at the start: the bytes stand in one buffer. Used on the bus's Scheduler.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

class FrameRing {
 public:
  // `most_bytes`: of frames; the oldest go first. 0: keeps nothing.
  explicit FrameRing(std::size_t most_bytes = 64UL * 1024) : most_(most_bytes) {}

  // `note` must be a literal. A frame longer than the ring is cut to its end.
  void add(base::BootTime at, bool sent, base::ByteView bytes, std::string_view note = {});
  [[nodiscard]] std::vector<ports::CapturedFrame> frames() const;  // oldest first

 private:
  struct Entry {
    base::BootTime at{};
    std::size_t start = 0;  // in buffer_, which is read round
    std::uint32_t size = 0;
    bool sent = false;
    std::string_view note;
  };
  // What an entry costs besides its bytes: bounds the number of tiny frames as well.
  static constexpr std::size_t kOverhead = 16;
  void drop_oldest();

  std::size_t most_;
  std::size_t used_ = 0;  // with overhead
  std::size_t next_ = 0;  // where the next byte goes
  base::Bytes buffer_;
  std::deque<Entry> entries_;
};

}  // namespace wayside::bus
