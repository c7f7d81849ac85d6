#include "fbg_interrogator/fs22_frame.hpp"

#include "common/test/turns.hpp"

namespace wayside::drivers::fs22 {
namespace {

base::Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST_CASE("the wavelengths of a channel are asked for by its number") {
  CHECK(ask_wavelengths(1) == bytes(":ACQU:WAVE:CHAN:1?\r\n"));
}

TEST_CASE("an answer is a list of wavelengths, sorted") {
  const auto answer = parse(bytes(":ACK:1523.6573, 1566.7846,1554.0709 \r\n"));
  REQUIRE(answer.answer == Answer::wavelengths);
  CHECK(answer.nm == std::vector<double>{1523.6573, 1554.0709, 1566.7846});
}

TEST_CASE("a channel without a peak is an empty list") {
  for (const auto* text : {":ACK\r\n", ":ACK:\r\n", ":ACK: \r\n"}) {
    const auto answer = parse(bytes(text));
    CHECK(answer.answer == Answer::wavelengths);
    CHECK(answer.nm.empty());
  }
}

TEST_CASE("an error keeps its text") {
  const auto answer = parse(bytes(":NACK: COMMAND NOT ACCEPTED AT CURRENT STATUS\r\n"));
  CHECK(answer.answer == Answer::refused);
  CHECK(answer.refusal == "COMMAND NOT ACCEPTED AT CURRENT STATUS");
  CHECK(parse(bytes(":NACK\r\n")).answer == Answer::refused);
}

TEST_CASE("one word that is no wavelength makes the whole answer unreadable") {
  for (const auto* text :
       {":ACK:1523.6,\r\n", ":ACK:1523,6573x\r\n", ":ACK:nan\r\n", ":ACK:1e9\r\n", ":ACK:15.236\r\n", ":ACK:-1550\r\n",
        ":ACKNOWLEDGE\r\n", ":ACK:1550.1", "ACK:1550.1\r\n", ":ACK:1550.1\n", "\r\n", "", ":ACK:,\r\n",
        ":ACK:15\x01"
        "50\r\n"}) {
    INFO(text);
    CHECK(parse(bytes(text)).answer == Answer::unreadable);
  }
}

TEST_CASE("more peaks than a channel can hold are no answer") {
  std::string text = ":ACK:1500.0";
  for (std::size_t i = 0; i < kMostPeaks; ++i) text += ",1500.1";
  CHECK(parse(bytes(text + "\r\n")).answer == Answer::unreadable);
}

TEST_CASE("a line is cut out of noise and waited for until its end") {
  const auto all = bytes("xx\r\n:ACK:1550.1\r\n:NAC");
  const auto cut = fs22::cut(all);
  CHECK(cut.skip == 4);
  CHECK(cut.size == 13);
  const auto rest = fs22::cut(base::ByteView(all).subspan(17));
  CHECK(rest.skip == 0);
  CHECK(rest.size == 0);
  CHECK(fs22::cut(bytes(":ACK:1550.1\r")).size == 0);
  CHECK(fs22::cut(bytes(":ACK:1550.1\r")).skip == 0);
}

TEST_CASE("a torn line is left for the next one") {
  const auto frames = drivers::test::cut_checked(kProtocol, bytes(":ACK:15\n:ACK:1550.1\r\n"));
  REQUIRE(frames.size() == 1);
  CHECK(frames[0] == bytes(":ACK:1550.1\r\n"));
}

TEST_CASE("a line without end is given up at the longest frame") {
  for (const std::size_t size : {device::kMostFrameBytes - 1, device::kMostFrameBytes, device::kMostFrameBytes + 9}) {
    const base::Bytes line(size, ':');
    const auto cut = fs22::cut(line);
    CHECK(cut.size == 0);
    CHECK(size - cut.skip < device::kMostFrameBytes);
  }
}

TEST_CASE("only lines that begin as answers do are answers") {
  CHECK(answers({}, bytes(":ACK:1550.1\r\n")));
  CHECK(answers(ask_wavelengths(0), bytes(":NACK:INVALID COMMAND\r\n")));
  CHECK_FALSE(answers(ask_wavelengths(0), ask_wavelengths(0)));
}

}  // namespace
}  // namespace wayside::drivers::fs22
