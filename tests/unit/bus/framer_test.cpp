#include "bus/framer.hpp"

#include <algorithm>
#include <string>

#include "base/random.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

namespace {

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

base::Bytes rtu(base::Bytes frame) {
  bus::append_crc(frame);
  return frame;
}

base::Bytes random_bytes(base::Random& random, std::size_t most) {
  base::Bytes bytes(random.below(most + 1));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

base::Bytes read_answer(base::Random& random, std::uint8_t unit, std::size_t words) {
  base::Bytes frame{unit, 3, static_cast<std::uint8_t>(2 * words)};
  for (std::size_t i = 0; i < 2 * words; ++i) frame.push_back(static_cast<std::uint8_t>(random.next()));
  return rtu(frame);
}

void append(base::Bytes& to, const base::Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

// Feeds a stream in pieces of random size, as a line would; the frames that came out.
std::vector<base::Bytes> cut_in_pieces(const base::Bytes& stream, const bus::AwaitedRtu* awaited,
                                       base::Random& random) {
  std::vector<base::Bytes> frames;
  base::Bytes held;
  for (std::size_t at = 0; at < stream.size();) {
    const auto size = std::min(stream.size() - at, static_cast<std::size_t>(1 + random.below(40)));
    held.insert(held.end(), stream.begin() + static_cast<std::ptrdiff_t>(at),
                stream.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
    for (;;) {
      const auto cut = bus::cut_rtu(held, awaited);
      REQUIRE(cut.skip + cut.size <= held.size());
      const auto begin = held.begin() + static_cast<std::ptrdiff_t>(cut.skip);
      const auto end = begin + static_cast<std::ptrdiff_t>(cut.size);
      if (cut.size != 0) frames.emplace_back(begin, end);
      held.erase(held.begin(), end);
      if (cut.size == 0) break;
    }
    REQUIRE(held.size() < bus::kMostRtuBytes);
  }
  return frames;
}

}  // namespace

TEST_CASE("the checksum is the one of the specification") {
  CHECK(bus::crc16(base::as_bytes("123456789")) == 0x4B37);
  CHECK(rtu(hex("010300000001")) == hex("010300000001840a"));  // low byte first
}

TEST_CASE("the length of an RTU frame follows from its function and direction") {
  using bus::Direction;
  CHECK(bus::rtu_size(hex("0103"), Direction::response) == 0);
  CHECK(bus::rtu_size(hex("010304"), Direction::response) == 9);
  CHECK(bus::rtu_size(hex("0183"), Direction::response) == 5);
  CHECK(bus::rtu_size(hex("0110"), Direction::response) == 8);
  CHECK(bus::rtu_size(hex("0103ff"), Direction::response) == std::nullopt);  // longer than a frame can be
  CHECK(bus::rtu_size(hex("0141"), Direction::response) == std::nullopt);
  CHECK(bus::rtu_size(hex("0103"), Direction::request) == 8);
  CHECK(bus::rtu_size(hex("01100000000204"), Direction::request) == 13);
}

TEST_CASE("an awaited answer is found behind noise, in whatever pieces it comes") {
  base::SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto answer = read_answer(random, 9, 1 + random.below(20));
    auto stream = random_bytes(random, 30);
    // Noise that happens to begin as the answer does is indistinguishable from it.
    std::ranges::replace(stream, std::uint8_t{9}, std::uint8_t{8});
    append(stream, answer);
    const bus::AwaitedRtu awaited{9, 3, answer.size()};
    const auto frames = cut_in_pieces(stream, &awaited, random);
    REQUIRE(std::ranges::count(frames, answer) == 1);
  }
}

TEST_CASE("frames that no one awaits are found one after another") {
  base::SeededRandom random(8);
  for (int round = 0; round < 300; ++round) {
    base::Bytes stream;
    std::vector<base::Bytes> sent;
    for (int n = 0; n < 4; ++n) {
      sent.push_back(read_answer(random, static_cast<std::uint8_t>(1 + random.below(247)), 1 + random.below(10)));
      append(stream, sent.back());
    }
    const auto frames = cut_in_pieces(stream, nullptr, random);
    for (const auto& frame : sent) REQUIRE(std::ranges::count(frames, frame) >= 1);
  }
}

TEST_CASE("what looks like a head does not hold up the answer behind it") {
  const auto answer = rtu(hex("0903021234"));
  const bus::AwaitedRtu awaited{9, 3, answer.size()};
  auto stream = hex("0104f0");  // would be 245 bytes long
  append(stream, answer);
  const auto cut = bus::cut_rtu(stream, &awaited);
  CHECK(cut.skip == 3);
  CHECK(cut.size == answer.size());
}

TEST_CASE("a spoiled answer is told, and a good one behind it is taken instead") {
  auto spoiled = rtu(hex("0903021234"));
  spoiled[3] ^= 0x10;
  const bus::AwaitedRtu awaited{9, 3, spoiled.size()};
  const auto cut = bus::cut_rtu(spoiled, &awaited);
  CHECK(cut.bad_checksum);
  CHECK(cut.size == spoiled.size());
  append(spoiled, rtu(hex("0903025678")));
  const auto second = bus::cut_rtu(spoiled, &awaited);
  CHECK_FALSE(second.bad_checksum);
  CHECK(second.skip == 7);
}

TEST_CASE("an exception is an answer to what is awaited") {
  const auto frame = rtu(hex("098302"));
  const bus::AwaitedRtu awaited{9, 3, 25};
  CHECK(bus::cut_rtu(base::ByteView(frame).first(4), &awaited).size == 0);
  CHECK(bus::cut_rtu(frame, &awaited).size == 5);
}

TEST_CASE("MBAP frames are cut by their length, and nonsense is broken") {
  CHECK(bus::cut_mbap({}).size == 0);
  const auto frame = hex("000100000005090302abcd");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const auto cut = bus::cut_mbap(base::ByteView(frame).first(size));
    CHECK((cut.size == 0 && !cut.broken));
  }
  CHECK(bus::cut_mbap(frame).size == frame.size());
  CHECK(bus::cut_mbap(hex("00010001")).broken);      // another protocol
  CHECK(bus::cut_mbap(hex("000100000001")).broken);  // no room for a function
  CHECK(bus::cut_mbap(hex("0001000000ff")).broken);  // longer than a PDU can be
  CHECK_FALSE(bus::cut_mbap(hex("0001000000fe")).broken);
  CHECK_FALSE(bus::cut_mbap(hex("000100000002")).broken);
}

TEST_CASE("MBAP frames come out of any splitting of a stream") {
  base::SeededRandom random(9);
  base::Bytes stream;
  for (std::uint16_t n = 0; n < 50; ++n) {
    base::Bytes frame;
    bus::open_mbap(frame, n, 1);
    frame.resize(frame.size() + 1 + random.below(253));
    bus::close_mbap(frame);
    append(stream, frame);
  }
  base::Bytes held;
  std::uint16_t expected = 0;
  for (std::size_t at = 0; at < stream.size(); ++at) {
    held.push_back(stream[at]);
    const auto cut = bus::cut_mbap(held);
    REQUIRE_FALSE(cut.broken);
    if (cut.size == 0) continue;
    REQUIRE(bus::mbap_transaction(held) == expected++);
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(cut.size));
  }
  CHECK(expected == 50);
  CHECK(held.empty());
}

TEST_CASE("no bytes break the cutters") {
  base::SeededRandom random(10);
  for (int round = 0; round < 3000; ++round) bus::exercise_framers(random_bytes(random, 300));
  for (const base::Bytes& tiny : {base::Bytes{}, base::Bytes{0}, base::Bytes{0, 0}}) bus::exercise_framers(tiny);
}
