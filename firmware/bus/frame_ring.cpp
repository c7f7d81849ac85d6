#include "bus/frame_ring.hpp"

#include <algorithm>

namespace wayside::bus {

void FrameRing::drop_oldest() {
  used_ -= entries_.front().size + kOverhead;
  entries_.pop_front();
}

void FrameRing::add(base::BootTime at, bool sent, base::ByteView bytes, std::string_view note) {
  if (most_ <= kOverhead) return;
  bytes = bytes.last(std::min(bytes.size(), most_ - kOverhead));
  const std::size_t cost = bytes.size() + kOverhead;
  while (used_ + cost > most_) drop_oldest();
  if (buffer_.empty()) buffer_.resize(most_);
  const std::size_t until_end = std::min(bytes.size(), most_ - next_);
  std::ranges::copy(bytes.first(until_end), buffer_.begin() + static_cast<std::ptrdiff_t>(next_));
  std::ranges::copy(bytes.subspan(until_end), buffer_.begin());
  entries_.push_back({at, next_, static_cast<std::uint32_t>(bytes.size()), sent, note});
  next_ = (next_ + bytes.size()) % most_;
  used_ += cost;
}

std::vector<ports::CapturedFrame> FrameRing::frames() const {
  std::vector<ports::CapturedFrame> out;
  out.reserve(entries_.size());
  for (const auto& entry : entries_) {
    base::Bytes bytes(entry.size);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = buffer_[(entry.start + i) % most_];
    out.push_back({entry.at, entry.sent, std::move(bytes), std::string(entry.note)});
  }
  return out;
}

}  // namespace wayside::bus
