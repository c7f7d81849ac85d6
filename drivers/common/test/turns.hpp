// What the tests of families over frame protocols share: frames out of files, turns with a device that answers, and
// random bytes against cutters and decoders.
//
// A frame file holds frames in hexadecimal, one a line; '#' begins a comment.
#pragma once

#include <functional>

#include "base/random.hpp"
#include "common/test/frames.hpp"

namespace wayside::drivers::test {

inline std::vector<base::Bytes> load_frames(const std::string& file) {
  std::ifstream in(file);
  INFO("frames of " << file);
  REQUIRE(in);
  std::vector<base::Bytes> frames;
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    std::erase_if(line, [](char c) { return c == ' ' || c == '\r'; });
    if (line.empty()) continue;
    const auto bytes = base::from_hex(line);
    REQUIRE(bytes);
    frames.push_back(*bytes);
  }
  return frames;
}

// What a device says to `request` (empty: it is listened to); none: nothing.
using Device = std::function<std::optional<base::Bytes>(const base::Bytes& request)>;

// One turn after the driver's own questions; a missing answer ends it.
inline std::vector<base::Bytes> ask(const device::Driver& driver, const device::DriverState& state,
                                    const Device& device) {
  std::vector<base::Bytes> frames;
  for (int i = 0; i < 100; ++i) {
    const auto request = driver.next_frame(0, frames, state);
    if (!request) return frames;
    auto answer = device(request->send);
    if (!answer) return frames;
    frames.push_back(std::move(*answer));
  }
  FAIL("a turn without end");
  return frames;
}

inline base::Bytes random_bytes(base::Random& random, std::size_t most) {
  base::Bytes bytes(random.below(most + 1));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

// Good frames with noise between, bytes changed, dropped or cut off.
inline base::Bytes damaged(base::Random& random, const std::vector<base::Bytes>& good) {
  base::Bytes bytes;
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
    if (random.chance(0.3)) {
      const auto noise = random_bytes(random, 12);
      bytes.insert(bytes.end(), noise.begin(), noise.end());
    }
    const auto& frame = good[random.below(good.size())];
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
  for (std::uint64_t n = random.below(4); n > 0 && !bytes.empty(); --n) {
    const auto at = random.below(bytes.size());
    if (random.chance(0.7)) {
      bytes[at] = static_cast<std::uint8_t>(random.next());
    } else {
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  if (!bytes.empty() && random.chance(0.3)) bytes.resize(random.below(bytes.size()) + 1);
  return bytes;
}

// What holds for every cutter; the frames found.
inline std::vector<base::Bytes> cut_checked(const device::FrameProtocol& protocol, base::ByteView bytes) {
  std::vector<base::Bytes> frames;
  while (!bytes.empty()) {
    const auto cut = protocol.cut(bytes);
    REQUIRE(cut.skip <= bytes.size());
    REQUIRE(cut.size <= bytes.size() - cut.skip);
    if (cut.size == 0) {
      // Nothing more in it: the rest is a beginning, and shorter than any frame may get.
      REQUIRE(bytes.size() - cut.skip < device::kMostFrameBytes);
      return frames;
    }
    const auto frame = bytes.subspan(cut.skip, cut.size);
    const auto again = protocol.cut(frame);
    REQUIRE(again.skip == 0);
    REQUIRE(again.size == frame.size());
    frames.emplace_back(frame.begin(), frame.end());
    bytes = bytes.subspan(cut.skip + cut.size);
  }
  return frames;
}

// 100,000 inputs, random and damaged: cutting never leaves the bytes and always goes on, decoding never fails, never
// says that a point without a value is good, and says the same twice.
inline void batter(const device::Driver& driver, const std::vector<base::Bytes>& good, std::uint64_t seed) {
  const auto& protocol = *driver.plan().protocol;
  base::SeededRandom random(seed);
  device::DriverState state;
  for (int round = 0; round < 100'000; ++round) {
    const auto bytes = random.chance(0.2) ? random_bytes(random, 80) : damaged(random, good);
    auto frames = cut_checked(protocol, bytes);
    if (random.chance(0.1)) frames.push_back(random_bytes(random, 40));  // what no cutter would let through
    const auto request = driver.next_frame(0, frames, state);
    if (request && !frames.empty()) static_cast<void>(protocol.answers(request->send, frames[0]));
    const device::DecodeInput input{{},
                                    base::from_us(static_cast<std::int64_t>(random.below(1'000'000'000'000))),
                                    {static_cast<std::uint8_t>(random.below(2))},
                                    0,
                                    frames};
    const auto decoded = driver.decode(input, state);
    const auto again = driver.decode(input, state);
    REQUIRE(decoded.state == again.state);
    REQUIRE(decoded.samples.size() == again.samples.size());
    for (std::size_t i = 0; i < decoded.samples.size(); ++i) {
      const auto& sample = decoded.samples[i];
      REQUIRE(sample.value == again.samples[i].value);
      if (std::holds_alternative<std::monostate>(sample.value)) REQUIRE_FALSE(is_good(sample.quality));
      if (i > 0) REQUIRE(decoded.samples[i - 1].point < sample.point);
      REQUIRE(sample.point < driver.points().size());
    }
    state = decoded.state;
    if (!state.empty() && random.chance(0.1))
      state[random.below(state.size())] = static_cast<std::uint8_t>(random.next());
  }
}

// A driver out of points "item" (device) and "group.item" (instances), as a profile would have them.
inline device::PointSpec item_point(const std::string& item) {
  device::PointSpec spec;
  spec.name = item;
  spec.locator = item;
  spec.encoding = device::Encoding::s64;
  return spec;
}

}  // namespace wayside::drivers::test
