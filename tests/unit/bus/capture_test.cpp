#include "bus/frame_ring.hpp"
#include "bus/pcap.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

namespace {

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

std::uint32_t u32_at(const base::Bytes& b, std::size_t at) {
  return (std::uint32_t{b[at]} << 24U) | (std::uint32_t{b[at + 1]} << 16U) | (std::uint32_t{b[at + 2]} << 8U) |
         b[at + 3];
}

std::vector<ports::CapturedFrame> two_frames() {
  return {{base::from_us(2'000'001), true, hex("000100000006010300000001"), {}},
          {base::from_us(2'500'000), false, hex("00010000000501030212ab"), {}}};
}

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kPacketHeader = 16;
const base::WallTime kZero{std::chrono::seconds{1'700'000'000}};

// The Internet checksum over a header that holds its own is zero.
std::uint32_t sum16(base::ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8U : bytes[i];
  while (sum > 0xFFFF) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return sum;
}

}  // namespace

TEST_CASE("the ring gives back what was put in, with times and notes") {
  bus::FrameRing ring;
  ring.add(base::from_us(5), true, hex("0102"));
  ring.add(base::from_us(9), false, hex("030405"), "late");
  const auto frames = ring.frames();
  REQUIRE(frames.size() == 2);
  CHECK((frames[0].sent && frames[0].bytes == hex("0102") && frames[0].note.empty()));
  CHECK((!frames[1].sent && frames[1].bytes == hex("030405") && frames[1].note == "late"));
  CHECK(base::to_us(frames[1].at) == 9);
}

TEST_CASE("the ring is bounded, also by many tiny frames, and keeps the newest") {
  bus::FrameRing ring(1000);
  for (int n = 0; n < 5000; ++n) {
    const auto size = static_cast<std::size_t>(n % 37);
    ring.add(base::from_us(n), false, base::Bytes(size, static_cast<std::uint8_t>(n)));
  }
  const auto frames = ring.frames();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto n = static_cast<std::int64_t>(5000 - frames.size() + i);
    CHECK(base::to_us(frames[i].at) == n);
    CHECK(frames[i].bytes == base::Bytes(static_cast<std::size_t>(n % 37), static_cast<std::uint8_t>(n)));
    bytes += frames[i].bytes.size() + 16;
  }
  CHECK(bytes <= 1000);
  CHECK(bytes > 900);
  ring.add(base::from_us(1), false, base::Bytes(5000, 7));
  CHECK(ring.frames().back().bytes.size() == 984);
  bus::FrameRing none(0);
  none.add(base::from_us(1), false, hex("01"));
  CHECK(none.frames().empty());
}

TEST_CASE("Modbus TCP is exported as IP packets whose checksums hold") {
  const auto frames = two_frames();
  const auto file = bus::to_pcap(frames, bus::CaptureKind::modbus_tcp, kZero);
  CHECK(u32_at(file, 0) == 0xA1B2C3D4);
  CHECK(u32_at(file, 20) == 101);
  CHECK(u32_at(file, kFileHeader) == 1'700'000'002);
  CHECK(u32_at(file, kFileHeader + 4) == 1);
  const std::size_t size = 40 + frames[0].bytes.size();
  CHECK(u32_at(file, kFileHeader + 8) == size);
  const auto packet = base::ByteView(file).subspan(kFileHeader + kPacketHeader, size);
  CHECK(sum16(packet.first(20)) == 0xFFFF);
  base::Bytes segment(packet.begin() + 12, packet.end());  // addresses, then TCP
  const auto tcp = static_cast<std::uint8_t>(size - 20);
  segment.insert(segment.begin(), {0, 6, 0, tcp});
  CHECK(sum16(segment) == 0xFFFF);
  CHECK(packet[22] * 256 + packet[23] == 502);  // the request goes to Modbus's port
  const std::size_t second = kFileHeader + kPacketHeader + size;
  CHECK(u32_at(file, second + 4) == 500'000);
  CHECK(file.size() == second + kPacketHeader + 40 + frames[1].bytes.size());
  CHECK(u32_at(file, second + kPacketHeader + 20 + 8) == 1 + frames[0].bytes.size());  // acknowledges the request
}

TEST_CASE("serial frames are exported with the name of their dissector") {
  const std::vector<ports::CapturedFrame> frames{{base::from_us(7), true, hex("010300000001840a"), {}}};
  const auto file = bus::to_pcap(frames, bus::CaptureKind::modbus_rtu, kZero);
  CHECK(u32_at(file, 20) == 252);
  const base::Bytes packet(file.begin() + kFileHeader + kPacketHeader, file.end());
  CHECK(packet == hex("000c00086d62727475000000"  // dissector "mbrtu"
                      "0018000400000002"          // ports of TCP
                      "001900040000c000"          // from 49152
                      "001a0004000001f6"          // to 502
                      "00000000"                  // end
                      "010300000001840a"));
  const auto other = bus::to_pcap(frames, bus::CaptureKind::other, kZero);
  CHECK(base::as_text(base::ByteView(other).subspan(44, 4)) == "data");
}

TEST_CASE("an empty capture is a file with a header alone") {
  CHECK(bus::to_pcap({}, bus::CaptureKind::modbus_rtu, kZero).size() == kFileHeader);
}
