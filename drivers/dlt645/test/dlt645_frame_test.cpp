#include "dlt645/dlt645_frame.hpp"

#include "common/test/frame_chance.hpp"

namespace wayside::drivers::dlt645 {
namespace {

using base::Bytes;
using base::ByteView;

// A published exchange: meter 161 is asked for its energy and its voltage of phase A.
const Bytes kAskEnergy = *base::from_hex(
    "6861010000000068110433333433"
    "1416");
const Bytes kEnergy = *base::from_hex(
    "68610100000000689108333334335933"
    "33338a16");
const Bytes kVoltage = *base::from_hex(
    "68610100000000689106333434353443"
    "1016");
const Bytes kAddress{0x61, 0x01, 0x00, 0x00, 0x00, 0x00};
const Bytes kAny(6, 0xAA);

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes reply(std::uint8_t control, Bytes data, Bytes address = kAddress) {
  return encode({std::move(address), control, std::move(data)}, 0);
}

TEST_CASE("the published request is what is sent, after the wake-up bytes") {
  CHECK(encode_read(kAddress, 0x00010000, 0) == kAskEnergy);
  CHECK(encode_read(kAddress, 0x00010000, 4) == joined({Bytes(4, 0xFE), kAskEnergy}));
}

TEST_CASE("the published answer is read, the added 33 taken off") {
  const auto frame = parse(kEnergy);
  REQUIRE(frame);
  CHECK(frame->address == kAddress);
  CHECK(frame->function() == kRead);
  CHECK((frame->is_answer() && !frame->is_error() && !frame->has_more()));
  CHECK(identifier(*frame) == 0x00010000U);
  CHECK(frame->data == Bytes{0x00, 0x00, 0x01, 0x00, 0x26, 0x00, 0x00, 0x00});
}

TEST_CASE("the added 33 wraps around") {
  const auto frame = parse(reply(0x91, {0xFF, 0xCD, 0xCC, 0x00}));
  REQUIRE(frame);
  CHECK(frame->data == Bytes{0xFF, 0xCD, 0xCC, 0x00});
}

TEST_CASE("a frame that is still coming is waited for, whatever was cut off") {
  for (std::size_t n = 0; n < kEnergy.size(); ++n) {
    INFO(n << " bytes");
    const auto found = cut(ByteView(kEnergy).first(n));
    CHECK(found.size == 0);
    CHECK(found.skip == 0);
  }
}

TEST_CASE("wake-up bytes and noise before a frame are skipped") {
  const auto bytes = joined({{0x00, 0x16, 0x91}, Bytes(4, 0xFE), kEnergy});
  const auto found = cut(bytes);
  CHECK(found.skip == 7);
  CHECK(found.size == kEnergy.size());
  CHECK(cut(Bytes(20, 0xFE)).skip == 20);
}

TEST_CASE("two frames in one piece are cut one after the other") {
  const auto bytes = joined({kEnergy, kVoltage});
  CHECK(cut(bytes).size == kEnergy.size());
  CHECK(cut(ByteView(bytes).subspan(kEnergy.size())).size == kVoltage.size());
}

TEST_CASE("a 68 in noise does not eat the good frame behind it") {
  // Noise that looks like the start of the longest frame: it would swallow what follows.
  const Bytes trap{0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 200, 0x33};
  const auto found = cut(joined({trap, kEnergy}));
  CHECK(found.skip == trap.size());
  CHECK(found.size == kEnergy.size());
  // A lone one, and one whose second 68 is the first of the good frame.
  CHECK(cut(joined({{0x68}, kEnergy})).skip == 1);
  CHECK(cut(joined({{0x68, 1, 2, 3, 4, 5, 6}, kEnergy})).skip == 7);
}

TEST_CASE("a frame cut off in the middle is dropped for the next whole one") {
  const Bytes half(kEnergy.begin(), kEnergy.begin() + 12);
  const auto found = cut(joined({half, kVoltage}));
  CHECK(found.skip == half.size());
  CHECK(found.size == kVoltage.size());
}

TEST_CASE("a frame with a wrong sum, end, second 68 or length is none") {
  for (const std::size_t at : {7U, 9U, 14U, 18U, 19U}) {
    INFO("byte " << at);
    auto bytes = kEnergy;
    bytes[at] = at == 9 ? std::uint8_t{201} : static_cast<std::uint8_t>(bytes[at] ^ 0x40U);
    CHECK(cut(bytes).size == 0);
    CHECK(cut(bytes).skip == bytes.size());
    CHECK_FALSE(parse(bytes));
  }
}

TEST_CASE("a frame with bytes behind it is not parsed as one") { CHECK_FALSE(parse(joined({kEnergy, {0x00}}))); }

TEST_CASE("an answer is one to its request's address, function and identifier") {
  CHECK(answers(kAskEnergy, kEnergy));
  CHECK(answers(encode_read(kAddress, 0x00010000, 4), kEnergy));
  CHECK_FALSE(answers(kAskEnergy, kVoltage));    // of the question before
  CHECK_FALSE(answers(kAskEnergy, kAskEnergy));  // the echo of the line
  CHECK_FALSE(answers(kAskEnergy, reply(0x91, {0, 0, 1, 0, 0x26}, {0x62, 1, 0, 0, 0, 0})));
  CHECK_FALSE(answers(kAskEnergy, reply(0x94, {})));
  CHECK_FALSE(answers(kAskEnergy, reply(0x91, {0, 0, 1})));
  CHECK_FALSE(answers(kEnergy, kEnergy));
  CHECK_FALSE(answers(Bytes{1, 2, 3}, kEnergy));
}

TEST_CASE("any meter may answer the address of all AA, and part of it") {
  CHECK(answers(encode_read(kAny, 0x00010000, 0), kEnergy));
  const Bytes short_address{0x61, 0x01, 0xAA, 0xAA, 0xAA, 0xAA};
  CHECK(answers(encode_read(short_address, 0x00010000, 0), kEnergy));
  const Bytes other{0x62, 0x01, 0xAA, 0xAA, 0xAA, 0xAA};
  CHECK_FALSE(answers(encode_read(other, 0x00010000, 0), kEnergy));
}

TEST_CASE("an error answer has no identifier and answers all the same") {
  CHECK(answers(kAskEnergy, reply(0xD1, {0x02})));
  CHECK_FALSE(answers(kAskEnergy, reply(0xD2, {0x02})));
}

TEST_CASE("a following frame answers with the number that was asked for") {
  const auto request = encode_read_following(kAddress, 0x00010000, 2, 0);
  CHECK(answers(request, reply(0x92, {0, 0, 1, 0, 0x77, 2})));
  CHECK(answers(request, reply(0xB2, {0, 0, 1, 0, 0x77, 2})));
  CHECK_FALSE(answers(request, reply(0x92, {0, 0, 1, 0, 0x77, 1})));
  CHECK_FALSE(answers(request, reply(0x91, {0, 0, 1, 0, 0x77, 2})));
  CHECK_FALSE(answers(request, reply(0x92, {0, 0, 1, 0})));
}

TEST_CASE("waiting without a request takes any answer and no request") {
  CHECK(answers({}, kEnergy));
  CHECK_FALSE(answers({}, kAskEnergy));
  CHECK_FALSE(answers({}, {}));
}

TEST_CASE("any bytes are cut and compared without harm") {
  base::SeededRandom random(645);
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = test::noise(random, 24);
    const auto& good = random.chance(0.5) ? kEnergy : kVoltage;
    const Bytes frame = test::mutated(random, good);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    const auto found = test::checked_cut(kProtocol, bytes);
    if (!found.empty()) REQUIRE(parse(found));
    static_cast<void>(answers(kAskEnergy, found));
    static_cast<void>(answers(bytes, frame));
    test::cut_up(kProtocol, bytes);
  }
}

TEST_CASE("a good frame behind any noise is found") {
  base::SeededRandom random(2007);
  int forged = 0;  // noise that is a frame, sum and all: nothing can tell
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = test::noise(random, 300);
    for (auto& byte : bytes) {
      if (random.chance(0.2)) byte = 0x68;
    }
    bytes.insert(bytes.end(), kEnergy.begin(), kEnergy.end());
    const auto found = cut(bytes);
    REQUIRE(found.size > 0);
    if (found.size != kEnergy.size() || found.skip != bytes.size() - kEnergy.size()) ++forged;
  }
  CHECK(forged <= 2);
}

TEST_CASE("the longest run of bytes a bus keeps is always shortened") {
  for (const auto fill : Bytes{0x00, 0x33, 0x68, 0xFE, 0xFF}) {
    const Bytes bytes(device::kMostFrameBytes, fill);
    const auto found = cut(bytes);
    CHECK(found.skip + found.size > 0);
  }
}

}  // namespace
}  // namespace wayside::drivers::dlt645
