#include "adec_tdc/ft12_frame.hpp"

#include "common/test/turns.hpp"

namespace wayside::drivers::ft12 {
namespace {

base::Bytes join(std::initializer_list<base::Bytes> parts) {
  base::Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const base::Bytes kStatus = encode_long(kStatusAnswer, 1, base::Bytes{0x80});

TEST_CASE("requests are short frames with the sum of control and address") {
  CHECK(base::to_hex(request(Function::reset, 1)) == "1040014116");
  CHECK(base::to_hex(request(Function::vehicles, 1, true)) == "1078017916");
  CHECK(base::to_hex(request(Function::vehicles, 1, false)) == "1058015916");
  CHECK(base::to_hex(request(Function::status, 0xFF)) == "1049ff4816");
}

TEST_CASE("a long frame is cut out of noise, with its size") {
  const auto bytes = join({{0x00, 0x68, 0x05}, kStatus, {0x42}});
  const auto cut = ft12::cut(bytes);
  CHECK(cut.skip == 3);
  CHECK(cut.size == kStatus.size());
}

TEST_CASE("what has not come yet is waited for") {
  for (std::size_t n = 1; n < kStatus.size(); ++n) {
    INFO(n << " bytes");
    const auto cut = ft12::cut(base::ByteView(kStatus).first(n));
    CHECK(cut.skip == 0);
    CHECK(cut.size == 0);
  }
}

TEST_CASE("an E5 inside a damaged frame is no answer") {
  auto damaged = encode_long(8, 1, base::Bytes{0xE5, 0xE5, 0xE5, 0, 0, 0, 0});
  damaged[6] ^= 1U;
  const auto cut = ft12::cut(damaged);
  CHECK(cut.size == 0);
  CHECK(cut.skip == damaged.size());
}

TEST_CASE("a frame that follows a torn one is found") {
  auto torn = encode_long(8, 1, base::Bytes(20, 0x33));
  torn.erase(torn.begin() + 8, torn.begin() + 14);
  const auto bytes = join({torn, kStatus, base::Bytes(16, 0)});
  bool found = false;
  for (const auto& frame : drivers::test::cut_checked(kProtocol, bytes)) found = found || frame == kStatus;
  CHECK(found);
}

TEST_CASE("every single flipped bit of a frame is noticed") {
  for (std::size_t bit = 0; bit < kStatus.size() * 8; ++bit) {
    auto flipped = kStatus;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    INFO("bit " << bit);
    CHECK_FALSE(parse_long(flipped));
  }
}

TEST_CASE("an answer belongs to its request by address and function") {
  const auto vehicles = encode_long(8, 1, base::Bytes{0});
  CHECK(answers(request(Function::vehicles, 1), vehicles));
  CHECK(answers(request(Function::vehicles, 1), encode_long(kSitosAnswer, 1, base::Bytes{0})));
  CHECK(answers(request(Function::vehicles, 1), base::Bytes{kNoData}));
  CHECK(answers(request(Function::reset, 1), base::Bytes{kNoData}));
  CHECK(answers(request(Function::status, 1), kStatus));
  CHECK_FALSE(answers(request(Function::vehicles, 2), vehicles));
  CHECK_FALSE(answers(request(Function::vehicles, 1), kStatus));
  CHECK_FALSE(answers(request(Function::status, 1), vehicles));
  CHECK_FALSE(answers(request(Function::status, 1), base::Bytes{kNoData}));
  CHECK_FALSE(answers(request(Function::reset, 1), vehicles));
  // The echo of the request itself, on a two-wire line.
  CHECK_FALSE(answers(request(Function::vehicles, 1), request(Function::vehicles, 1)));
}

TEST_CASE("vehicles are read in their three sizes") {
  const base::Bytes head{0x10, 0x00, 0x01, 0x00, 0x02};
  const base::Bytes six{80, 2, 0x00, 0x28, 0x01, 0x2C};
  const auto short_ones = parse_vehicles(join({head, six, six}), 6);
  REQUIRE(short_ones);
  CHECK(short_ones->status == 0x10);
  CHECK(short_ones->lifetime == 65538U);
  REQUIRE(short_ones->vehicles.size() == 2);
  CHECK(short_ones->vehicles[1].gap == 300);
  CHECK_FALSE(short_ones->vehicles[0].length);
  const auto seven = parse_vehicles(join({head, six, {45}}), 7);
  REQUIRE(seven);
  CHECK(seven->vehicles[0].length == 45);
  CHECK(seven->vehicles[0].occupancy == 40);
  const auto eleven = parse_vehicles(join({head, six, {45, 0, 0, 1, 0}}), 11);
  REQUIRE(eleven);
  CHECK(eleven->vehicles[0].length == 45);
}

TEST_CASE("a size that fits no whole number of vehicles is refused") {
  CHECK_FALSE(parse_vehicles({}, 7));
  for (std::size_t n = 2; n < 40; ++n) {
    const bool fits = n > 5 && (n - 5) % 7 == 0 && (n - 5) / 7 <= 4;
    INFO(n << " bytes");
    CHECK(parse_vehicles(base::Bytes(n, 0), 7).has_value() == fits);
  }
  CHECK(parse_vehicles(base::Bytes{0x80}, 7)->lifetime == std::nullopt);
}

}  // namespace
}  // namespace wayside::drivers::ft12
