// What the tests of frame protocols share: bytes as a bad line gives them, and what a cutter must hold for any bytes.
#pragma once

#include <algorithm>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "device/frame_protocol.hpp"
#include "support/catch.hpp"

namespace wayside::drivers::test {

inline std::uint8_t any_byte(base::Random& random) { return static_cast<std::uint8_t>(random.next()); }

inline base::Bytes noise(base::Random& random, std::size_t most) {
  base::Bytes bytes(random.below(most + 1));
  std::generate(bytes.begin(), bytes.end(), [&random] { return any_byte(random); });
  return bytes;
}

// A good frame with bytes changed, lost, doubled or put in.
inline base::Bytes mutated(base::Random& random, base::Bytes bytes) {
  for (auto changes = random.below(4); changes-- > 0 && !bytes.empty();) {
    const auto at = std::next(bytes.begin(), static_cast<std::ptrdiff_t>(random.below(bytes.size())));
    switch (random.below(4)) {
      case 0: *at = any_byte(random); break;
      case 1: bytes.erase(at); break;
      case 2: bytes.insert(at, any_byte(random)); break;
      default: bytes.resize(random.below(bytes.size()) + 1); break;
    }
  }
  return bytes;
}

// True for any bytes. Returns the frame, empty if none.
inline base::ByteView checked_cut(const device::FrameProtocol& protocol, base::ByteView bytes) {
  const auto [skip, size] = protocol.cut(bytes);
  REQUIRE(skip + size <= bytes.size());
  if (bytes.size() >= device::kMostFrameBytes) REQUIRE(skip + size > 0);
  const auto frame = bytes.subspan(skip, size);
  if (size == 0) return frame;
  const auto again = protocol.cut(frame);
  REQUIRE((again.skip == 0 && again.size == size));
  return frame;
}

// Any stretch of a stream is cut until nothing is left to cut: it ends.
inline void cut_up(const device::FrameProtocol& protocol, base::ByteView bytes) {
  for (std::size_t rounds = 0; !bytes.empty(); ++rounds) {
    REQUIRE(rounds <= device::kMostFrameBytes);
    const auto [skip, size] = protocol.cut(bytes);
    static_cast<void>(checked_cut(protocol, bytes));
    if (skip + size == 0 || size == 0) return;
    bytes = bytes.subspan(skip + size);
  }
}

}  // namespace wayside::drivers::test
