#include "cjt188/cjt188_frame.hpp"

#include "common/test/frame_chance.hpp"

namespace wayside::drivers::cjt188 {
namespace {

using base::Bytes;
using base::ByteView;

// A published exchange: cold water meter 78330011223344 (the answer's sum corrected, see frames/published.hex).
const Bytes kAddress{0x44, 0x33, 0x22, 0x11, 0x00, 0x33, 0x78};
const Bytes kAsk = *base::from_hex("68104433221100337801031f90008016");
const Bytes kAnswer = *base::from_hex(
    "681044332211003378"
    "8116"
    "1f9000"
    "007766552c"
    "007766552c"
    "31012211051520"
    "2184"
    "1316");

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Target target() { return {0x10, kAddress, true, 0}; }

Bytes reply(std::uint8_t control, Bytes data, std::uint8_t type = 0x10, Bytes address = kAddress) {
  return encode({type, std::move(address), control, std::move(data)}, 0);
}

TEST_CASE("the published request is what is sent, after the wake-up bytes") {
  CHECK(encode_read(target(), 0x901F, 0) == kAsk);
  auto woken = target();
  woken.wake_up = 3;
  CHECK(encode_read(woken, 0x901F, 0) == joined({Bytes(3, 0xFE), kAsk}));
}

TEST_CASE("the identifier can go the other way round") {
  auto other = target();
  other.low_first = false;
  CHECK(parse(encode_read(other, 0x901F, 7))->data == Bytes{0x90, 0x1F, 0x07});
}

TEST_CASE("the published answer is read") {
  const auto frame = parse(kAnswer);
  REQUIRE(frame);
  CHECK(frame->type == 0x10);
  CHECK(frame->address == kAddress);
  CHECK(frame->control == 0x81);
  CHECK(frame->data.size() == 22);
  CHECK(has_identifier(*frame, 0x901F));
  CHECK_FALSE(has_identifier(*frame, 0x911F));
}

TEST_CASE("a frame that is still coming is waited for, whatever was cut off") {
  for (std::size_t n = 0; n < kAnswer.size(); ++n) {
    INFO(n << " bytes");
    CHECK(cut(ByteView(kAnswer).first(n)).size == 0);
    CHECK(cut(ByteView(kAnswer).first(n)).skip == 0);
  }
}

TEST_CASE("wake-up bytes and noise before a frame are skipped, two frames cut one after the other") {
  const auto bytes = joined({{0x00, 0x68, 0x00}, Bytes(4, 0xFE), kAnswer, kAnswer});
  const auto found = cut(bytes);
  CHECK(found.skip == 7);
  CHECK(found.size == kAnswer.size());
  CHECK(cut(ByteView(bytes).subspan(7 + kAnswer.size())).size == kAnswer.size());
}

TEST_CASE("a 68 in noise does not eat the good frame behind it") {
  const Bytes trap{0x68, 0x10, 1, 2, 3, 4, 5, 6, 7, 0x81, 100, 0x33};
  const auto found = cut(joined({trap, kAnswer}));
  CHECK(found.skip == trap.size());
  CHECK(found.size == kAnswer.size());
  CHECK(cut(joined({{0x68}, kAnswer})).skip == 1);
}

TEST_CASE("a frame with a wrong type, length, sum or end is none") {
  for (const std::size_t at : {1U, 10U, 20U, 33U, 34U}) {
    INFO("byte " << at);
    auto bytes = kAnswer;
    bytes[at] = at == 10 ? std::uint8_t{101} : static_cast<std::uint8_t>(bytes[at] ^ 0x40U);
    CHECK(cut(bytes).size == 0);
    CHECK_FALSE(parse(bytes));
  }
}

TEST_CASE("an answer is one to its request's type, address, identifier and SER") {
  CHECK(answers(kAsk, kAnswer));
  CHECK_FALSE(answers(kAsk, kAsk));                                // the echo of the line
  CHECK(answers(kAsk, reply(0x81, {0x90, 0x1F, 0x00, 1})));        // the other order
  CHECK_FALSE(answers(kAsk, reply(0x81, {0x1F, 0x90, 0x01, 1})));  // another SER: a late answer
  CHECK_FALSE(answers(kAsk, reply(0x81, {0x1F, 0x91, 0x00, 1})));
  CHECK_FALSE(answers(kAsk, reply(0x81, {0x1F, 0x90})));
  CHECK_FALSE(answers(kAsk, reply(0x83, {0x1F, 0x90, 0x00})));
  CHECK_FALSE(answers(kAsk, reply(0x81, {0x1F, 0x90, 0x00}, 0x11)));
  CHECK_FALSE(answers(kAsk, reply(0x81, {0x1F, 0x90, 0x00}, 0x10, Bytes(7, 0x11))));
  CHECK_FALSE(answers(kAnswer, kAnswer));
}

TEST_CASE("any meter may answer the address of all AA") {
  auto any = target();
  any.address = Bytes(7, 0xAA);
  CHECK(answers(encode_read(any, 0x901F, 0), kAnswer));
}

TEST_CASE("an error answer begins with SER or is empty") {
  CHECK(answers(kAsk, reply(0xC1, {0x00, 0x02, 0x00})));
  CHECK(answers(kAsk, reply(0xC1, {})));
  CHECK_FALSE(answers(kAsk, reply(0xC1, {0x05, 0x02, 0x00})));
}

TEST_CASE("waiting without a request takes any answer and no request") {
  CHECK(answers({}, kAnswer));
  CHECK_FALSE(answers({}, kAsk));
}

TEST_CASE("any bytes are cut and compared without harm") {
  base::SeededRandom random(188);
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = test::noise(random, 24);
    const Bytes frame = test::mutated(random, kAnswer);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    const auto found = test::checked_cut(kProtocol, bytes);
    if (!found.empty()) REQUIRE(parse(found));
    static_cast<void>(answers(kAsk, found));
    static_cast<void>(answers(bytes, frame));
    test::cut_up(kProtocol, bytes);
  }
}

TEST_CASE("the longest run of bytes a bus keeps is always shortened") {
  for (const auto fill : Bytes{0x00, 0x10, 0x68, 0xAA, 0xFE, 0xFF}) {
    const Bytes bytes(device::kMostFrameBytes, fill);
    const auto found = cut(bytes);
    CHECK(found.skip + found.size > 0);
  }
}

}  // namespace
}  // namespace wayside::drivers::cjt188
