// RTU on a serial line: silence, late answers, echo, noise. Unit 9, FC 03; a read of one register answers 7 bytes.
#include "bus_bench.hpp"

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using base::Errc;
using Words = std::vector<std::uint16_t>;

namespace {

bus::FramedBusOptions serial(bool echo = false) {
  bus::FramedBusOptions options;
  options.gap = 2ms;
  options.echo = echo;
  return options;
}

const auto kAnswer = rtu("0903021234");
const auto kOther = rtu("0903025678");

}  // namespace

TEST_CASE("a register is read over a serial line") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes& request) {
    CHECK(request == rtu("090300640001"));
    b.line->say(kAnswer, 5ms);
  };
  CHECK(b.read(9, 100, 1)->words == Words{0x1234});
  CHECK(b.reply->value().at == b.replied_at);
  CHECK(b.bus->counters().transactions == 1);
  CHECK(b.bus->counters().noise_bytes == 0);
  const auto frames = b.bus->captured();
  REQUIRE(frames.size() == 2);
  CHECK((frames[0].sent && !frames[1].sent && frames[1].bytes == kAnswer && frames[1].at > frames[0].at));
}

TEST_CASE("an answer that comes in pieces is put together") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) {
    for (std::size_t i = 0; i < kAnswer.size(); ++i) b.line->say({kAnswer[i]}, 5ms + i * 1ms);
  };
  CHECK(b.read(9, 0, 1).has_value());
}

TEST_CASE("before each request the line is silent for 3.5 characters") {
  BusBench b(serial());
  b.line->wire_time = 8ms;
  b.line->heard = [&](const base::Bytes&) { b.line->say(kAnswer, 12ms); };
  REQUIRE(b.read(9, 0, 1).has_value());
  const auto end = b.replied_at;
  REQUIRE(b.read(9, 0, 1).has_value());
  CHECK(b.line->written_at.at(1) - end == 2ms);
}

TEST_CASE("the time out counts from the last byte of the request on the wire") {
  BusBench b(serial());
  b.line->wire_time = 100ms;
  CHECK(b.read(9, 0, 1).error().code == Errc::timeout);
  CHECK(b.replied_at - b.line->written_at.at(0) == 400ms);
  CHECK(b.bus->counters().timeouts == 1);
}

TEST_CASE("a late answer is not taken for the next request to its unit") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes& request) {
    b.line->say(request[3] == 1 ? kAnswer : kOther, request[3] == 1 ? 450ms : 5ms);
  };
  CHECK(b.read(9, 1, 1).error().code == Errc::timeout);
  CHECK(b.read(9, 2, 1)->words == Words{0x5678});
  CHECK(b.bus->counters().late_replies == 1);
  CHECK(b.notes() == std::vector<std::string>{"late"});
  // The debt is paid: the request went out as soon as the late answer was over.
  CHECK(b.line->written_at.at(1) - b.line->written_at.at(0) == 452ms);
}

TEST_CASE("a late exception is not taken for the next request either") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes& request) {
    request[3] == 1 ? b.line->say(rtu("098302"), 400ms) : b.line->say(rtu("09030400010002"), 5ms);
  };
  CHECK(b.read(9, 1, 1).has_error());
  CHECK(b.read(9, 2, 2)->words == Words{1, 2});
}

TEST_CASE("after a timeout other units are asked at once, and a late answer between is dropped") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes& request) {
    if (request[0] == 9) return b.line->say(kAnswer, 304ms);
    b.line->say(rtu("0803020001"), 10ms);
  };
  REQUIRE(b.read(9, 1, 1).has_error());
  CHECK(b.read(8, 1, 1)->words == Words{1});
  CHECK(b.line->written_at.at(1) - b.line->written_at.at(0) == 300ms);
  CHECK(b.bus->counters().late_replies == 1);
}

TEST_CASE("a request to a unit that never answered waits no longer than the late answer could") {
  BusBench b(serial());
  REQUIRE(b.read(9, 1, 1).has_error());
  REQUIRE(b.read(9, 2, 1).has_error());
  CHECK(b.line->written_at.at(1) - b.line->written_at.at(0) == 900ms);
}

TEST_CASE("an answer of another unit, function or length is foreign, and the right one is still taken") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) {
    b.line->say(rtu("0803021111"), 5ms);
    b.line->say(rtu("0904022222"), 20ms);
    b.line->say(rtu("09030433334444"), 40ms);
    b.line->say(kAnswer, 60ms);
  };
  CHECK(b.read(9, 0, 1)->words == Words{0x1234});
  CHECK(b.bus->counters().foreign_replies == 3);
  CHECK(b.bus->counters().late_replies == 0);
}

TEST_CASE("a write's answer must send the same address and value back") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) { b.line->say(rtu("090600010004"), 5ms); };
  b.ask({9, device::RegisterWrite{device::RegisterKind::holding, 1, {3}}, 300ms});
  CHECK(b.answer().error().code == Errc::timeout);
  CHECK(b.bus->counters().foreign_replies == 1);
}

TEST_CASE("noise before and after an answer does no harm") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) {
    b.line->say(hex("0000ff"), 1ms);
    b.line->say(joined(kAnswer, hex("55")), 5ms);
  };
  REQUIRE(b.read(9, 0, 1).has_value());
  REQUIRE(b.read(9, 0, 1).has_value());
  CHECK(b.bus->counters().noise_bytes == 7);  // the last byte of the second answer is still to be looked at
}

TEST_CASE("a spoiled answer fails at once") {
  BusBench b(serial());
  auto spoiled = kAnswer;
  spoiled[4] ^= 1;
  b.line->heard = [&](const base::Bytes&) { b.line->say(spoiled, 5ms); };
  CHECK(b.read(9, 0, 1).error().code == Errc::protocol);
  CHECK(b.replied_at - b.line->written_at.at(0) == 5ms);
  CHECK(b.bus->counters().checksum_errors == 1);
  CHECK(b.bus->counters().timeouts == 0);
}

TEST_CASE("an answer torn off is no silence") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) { b.line->say(hex("09030212"), 5ms); };
  const auto& error = b.read(9, 0, 1).error();
  CHECK(error.code == Errc::protocol);
  CHECK(error.consequence == base::Consequence::retry_later);
  CHECK(b.replied_at - b.line->written_at.at(0) == 300ms);
}

TEST_CASE("an exception is told with its code") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes&) { b.line->say(rtu("098302"), 5ms); };
  CHECK(b.read(9, 0, 1).error().detail == 2);
  CHECK(b.bus->counters().exceptions == 1);
}

TEST_CASE("the echo of a request is taken away, in whatever pieces") {
  BusBench b(serial(true));
  b.line->heard = [&](const base::Bytes& request) {
    b.line->say({request.begin(), request.begin() + 3}, 1ms);
    b.line->say(joined({request.begin() + 3, request.end()}, request[1] == 6 ? request : kAnswer), 5ms);
  };
  CHECK(b.read(9, 0, 1)->words == Words{0x1234});
  b.ask({9, device::RegisterWrite{device::RegisterKind::holding, 1, {3}}, 300ms});
  CHECK(b.answer().has_value());
  CHECK(b.bus->counters().noise_bytes == 0);
}

TEST_CASE("the echo of a write alone is no answer") {
  BusBench b(serial(true));
  b.line->heard = [&](const base::Bytes& request) { b.line->say(request, 1ms); };
  b.ask({9, device::RegisterWrite{device::RegisterKind::holding, 1, {3}}, 300ms});
  CHECK(b.answer().error().code == Errc::timeout);
}

TEST_CASE("an echo that differs from what was sent is noise") {
  BusBench b(serial(true));
  b.line->heard = [&](const base::Bytes& request) {
    auto echo = request;
    echo[2] ^= 0x40;
    b.line->say(joined(echo, kAnswer), 5ms);
  };
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.bus->counters().noise_bytes == 8);
}

TEST_CASE("an adapter that gives no echo though one was announced is named") {
  BusBench b(serial(true));
  CHECK(b.read(9, 0, 1).error().what == "no answer in time; no echo came: does this adapter give one? (echo: true)");
  b.line->heard = [&](const base::Bytes&) { b.line->say(kAnswer, 5ms); };
  const auto& taken_for_echo = b.read(9, 0, 1);
  CHECK((taken_for_echo.has_value() || taken_for_echo.error().what.find("no echo came") != std::string::npos));
  // With its echo a silent unit is a silent unit.
  b.line->heard = [&](const base::Bytes& request) { b.line->say(request, 1ms); };
  b.time.run_for(5s);
  CHECK(b.read(8, 0, 1).error().what == "no answer in time");
}

TEST_CASE("an echo that no one announced does not hide the answer") {
  BusBench b(serial());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(joined(request, kAnswer), 5ms); };
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.notes() == std::vector<std::string>{"echo"});
}

TEST_CASE("a broadcast is done when the slaves have had their time, and cannot be a read") {
  BusBench b(serial());
  b.line->wire_time = 8ms;
  b.ask({0, device::RegisterWrite{device::RegisterKind::holding, 1, {3}}, 1s});
  CHECK(b.answer().has_value());
  CHECK(b.replied_at - b.line->written_at.at(0) == 108ms);
  CHECK(b.read(0, 0, 1).error().code == Errc::invalid_argument);
  CHECK(b.bus->counters().timeouts == 0);
}

TEST_CASE("a node that babbles without end costs a request, not the bus") {
  BusBench b(serial());
  for (int n = 0; n < 10'000; ++n) b.line->say(hex("5555"), n * 1ms);
  const auto before = b.time.boot_now();
  CHECK(b.read(9, 0, 1).error().code == Errc::protocol);
  CHECK(b.time.boot_now() - before < 2s);
  CHECK(b.line->written.empty());
  b.time.run_for(12s);
  b.line->heard = [&](const base::Bytes&) { b.line->say(kAnswer, 5ms); };
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.line->opens == 1);
}

TEST_CASE("requests that are not Modbus never reach the line") {
  BusBench b(serial());
  CHECK(b.read(9, 0, 126).error().code == Errc::invalid_argument);
  b.ask_read(9, 0, 1, 0ms);
  CHECK(b.answer().error().code == Errc::invalid_argument);
  CHECK(b.line->written.empty());
}
