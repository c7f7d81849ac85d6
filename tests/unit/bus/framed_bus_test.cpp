// Modbus TCP, the life of a line, and protocols of frames.
#include "bus_bench.hpp"

using namespace wayside;        // NOLINT(google-build-using-namespace)
using namespace wayside::test;  // NOLINT(google-build-using-namespace)
using base::Errc;
using Words = std::vector<std::uint16_t>;

namespace {

bus::FramedBusOptions tcp() {
  bus::FramedBusOptions options;
  options.framing = bus::Framing::mbap;
  options.silent_until_reopened = 3;
  return options;
}

// The answer to a request over MBAP with this PDU.
base::Bytes to(const base::Bytes& request, std::string_view pdu, std::uint8_t unit) {
  base::Bytes out;
  bus::open_mbap(out, bus::mbap_transaction(request), unit);
  const auto body = hex(pdu);
  out.insert(out.end(), body.begin(), body.end());
  bus::close_mbap(out);
  return out;
}
base::Bytes to(const base::Bytes& request, std::string_view pdu) { return to(request, pdu, request[6]); }

// A protocol of frames: '<', a letter of the device, anything, '>'.
device::Cut cut_angles(std::span<const std::uint8_t> bytes) {
  std::size_t skip = 0;
  while (skip < bytes.size() && bytes[skip] != '<') ++skip;
  for (std::size_t end = skip; end < bytes.size(); ++end) {
    if (bytes[end] == '>') return {skip, end + 1 - skip};
  }
  return {skip, 0};
}
bool same_letter(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame) {
  return request.empty() || request[1] == frame[1];
}
constexpr device::FrameProtocol kAngles{"angles", cut_angles, same_letter};

base::Bytes text(std::string_view s) { return {s.begin(), s.end()}; }

ports::BusRequest exchange(std::string_view send, std::chrono::microseconds timeout = 300ms) {
  return {0, ports::FrameExchange{&kAngles, text(send)}, timeout};
}

}  // namespace

TEST_CASE("a register is read over Modbus TCP, each request with an id of its own") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03021234"), 1ms); };
  CHECK(b.read(9, 100, 1)->words == Words{0x1234});
  CHECK(b.read(9, 100, 1).has_value());
  CHECK(b.line->written.at(0) == hex("000100000006090300640001"));
  CHECK(b.line->written.at(1) == hex("000200000006090300640001"));
}

TEST_CASE("over TCP unit 0 is a device like any other") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03021234"), 1ms); };
  CHECK(b.read(0, 100, 1).has_value());
}

TEST_CASE("a late answer over TCP is known by its id and takes nobody's place") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) {
    request[9] == 1 ? b.line->say(to(request, "03021111"), 305ms) : b.line->say(to(request, "03022222"), 10ms);
  };
  CHECK(b.read(9, 1, 1).error().code == Errc::timeout);
  CHECK(b.read(9, 2, 1)->words == Words{0x2222});
  CHECK(b.line->written_at.at(1) - b.line->written_at.at(0) == 300ms);  // no waiting: the ids tell them apart
  CHECK(b.bus->counters().late_replies == 1);
  CHECK(b.bus->counters().foreign_replies == 0);
}

TEST_CASE("over TCP another id, unit or function is foreign") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) {
    auto wrong_id = to(request, "03020001");
    wrong_id[0] ^= 0x80;
    b.line->say(wrong_id, 1ms);
    b.line->say(to(request, "03020002", 8), 2ms);
    b.line->say(to(request, "04020003"), 3ms);
    b.line->say(to(request, "03020004"), 4ms);
  };
  CHECK(b.read(9, 0, 1)->words == Words{4});
  CHECK(b.bus->counters().foreign_replies == 3);
}

TEST_CASE("an answer of the right id and the wrong length ends the request: there will be no other") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "030400010002"), 1ms); };
  CHECK(b.read(9, 0, 1).error().code == Errc::protocol);
  CHECK(b.replied_at - b.line->written_at.at(0) == 1ms);
}

TEST_CASE("two answers in one packet: the second is nobody's") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) {
    b.line->say(joined(to(request, "03020001"), to(request, "03020001")), 1ms);
  };
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.bus->counters().foreign_replies == 2);
}

TEST_CASE("what is no Modbus TCP closes the connection, which is made anew") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes&) { b.line->say(base::Bytes{'H', 'T', 'T', 'P', '/', '1'}, 1ms); };
  CHECK(b.read(9, 0, 1).error().code == Errc::protocol);
  CHECK_FALSE(b.line->is_open());
  CHECK(b.read(9, 0, 1).error().code == Errc::closed);
  b.time.run_for(300ms);
  CHECK(b.line->is_open());
  CHECK(b.bus->counters().opens == 2);
}

TEST_CASE("where nothing has ever answered over TCP the other framing is named, and never where something has") {
  const bool modbus = GENERATE(true, false);
  auto options = tcp();
  if (!modbus) options.framing = bus::Framing::rtu;
  const std::string other = modbus ? "framing: rtu" : "framing: modbus";
  BusBench b(options);
  const auto names_other = [&] { return b.read(9, 0, 1).error().what.find(other) != std::string::npos; };
  SECTION("silence") {
    CHECK_FALSE(names_other());
    CHECK_FALSE(names_other());
    CHECK(names_other());
    b.time.run_for(1s);
    CHECK(names_other());
  }
  SECTION("closed each time") {
    b.line->heard = [&](const base::Bytes&) { b.line->hang_up(); };
    for (int n = 0; n < 2; ++n) {
      CHECK_FALSE(names_other());
      b.time.run_for(12s);
    }
    CHECK(names_other());
    CHECK(names_other());  // also while it is away
  }
  SECTION("after one answer, be it an exception") {
    b.line->heard = [&](const base::Bytes& request) { b.line->say(modbus ? to(request, "830b") : rtu("09830b"), 1ms); };
    CHECK(b.read(9, 0, 1).has_error());
    b.line->heard = [](const base::Bytes&) {};
    for (int n = 0; n < 5; ++n) {
      CHECK_FALSE(names_other());
      b.time.run_for(12s);
    }
  }
}

TEST_CASE("bytes of another protocol name the framing at once; a protocol of frames is not told of Modbus") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes&) { b.line->say(base::Bytes{'H', 'T', 'T', 'P', '/', '1'}, 1ms); };
  CHECK(b.read(9, 0, 1).error().what.find("framing: rtu") != std::string::npos);
  BusBench frames(tcp());
  for (int n = 0; n < 5; ++n) {
    frames.ask(exchange("<a?>"));
    CHECK(frames.answer().error().what.find("framing") == std::string::npos);
    frames.time.run_for(5s);
  }
}

TEST_CASE("the loss of a line is told, also while nothing is asked, and again when it cannot be opened") {
  BusBench b(tcp());
  int losses = 0;
  b.bus->when_lost([&losses](const base::Error&) { ++losses; });
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03020001"), 1ms); };
  REQUIRE(b.read(9, 0, 1).has_value());
  b.line->open_result = base::Error{Errc::io, base::Consequence::device_lost, "refused", 111};
  b.line->hang_up();
  b.time.run_for(1ms);
  CHECK(losses == 1);
  b.time.run_for(260ms);
  CHECK(losses == 2);
  b.line->open_result = {};
  b.time.run_for(60s);
  const int before = losses;
  // Units that are silent are no lost line.
  b.line->heard = [](const base::Bytes&) {};
  for (int n = 0; n < 3; ++n) CHECK(b.read(9, 0, 1).has_error());
  b.time.run_for(1s);
  CHECK(losses == before);
}

TEST_CASE("a connection without a byte for three requests is made anew") {
  BusBench b(tcp());
  for (int n = 0; n < 3; ++n) {
    CHECK(b.read(9, 0, 1).error().code == Errc::timeout);
    CHECK(b.line->opens == 1);
  }
  b.time.run_for(300ms);
  CHECK(b.line->opens == 2);
}

TEST_CASE("a dead unit behind a gateway never closes the connection of the others") {
  BusBench b(tcp());
  const auto silent = GENERATE(true, false);
  b.line->heard = [&](const base::Bytes& request) {
    if (request[6] != 9) return b.line->say(to(request, "03020001"), 1ms);
    if (!silent) b.line->say(to(request, "830b"), 1ms);
  };
  for (int n = 0; n < 20; ++n) {
    CHECK(b.read(9, 0, 1).error().code == Errc::timeout);
    if (silent) CHECK(b.read(8, 0, 1).has_value());
  }
  CHECK(b.line->opens == 1);
}

TEST_CASE("a gateway without a way is closed, not silent, and the connection stays") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "830a"), 1ms); };
  for (int n = 0; n < 5; ++n) CHECK(b.read(9, 0, 1).error().code == Errc::closed);
  CHECK(b.line->opens == 1);
}

TEST_CASE("a line that cannot be opened is tried with a growing pause, and says why meanwhile") {
  BusBench b(tcp());
  b.line->open_result = base::Error{Errc::io, base::Consequence::device_lost, "refused", 111};
  CHECK(b.read(9, 0, 1).error().what == "opening fake: refused");
  CHECK(b.read(9, 0, 1).error().code == Errc::closed);
  CHECK(b.line->opens == 1);
  b.time.run_for(260ms);
  CHECK(b.line->opens == 2);
  b.time.run_for(510ms);
  CHECK(b.line->opens == 3);
  b.time.run_for(60s);
  CHECK(b.line->opens <= 12);
  CHECK(b.bus->counters().failed_opens == static_cast<std::uint64_t>(b.line->opens));
  b.line->open_result = {};
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03020001"), 1ms); };
  b.time.run_for(11s);
  CHECK(b.read(9, 0, 1).has_value());
}

TEST_CASE("a line lost in the middle of a request fails it at once") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes&) { b.line->hang_up(); };
  const auto& error = b.read(9, 0, 1).error();
  CHECK(error.code == Errc::io);
  CHECK(error.consequence == base::Consequence::device_lost);
  CHECK(b.replied_at == b.line->written_at.at(0));
}

TEST_CASE("a line lost while nothing is asked is back before the next request") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03020001"), 1ms); };
  REQUIRE(b.read(9, 0, 1).has_value());
  b.line->hang_up();
  b.time.run_for(1s);
  CHECK(b.read(9, 0, 1).has_value());
  CHECK(b.bus->counters().opens == 2);
}

TEST_CASE("of each request the bus says whether it may have reached the line") {
  BusBench b(tcp());
  b.line->open_result = base::Error{Errc::io, base::Consequence::device_lost, "no such host", 2};
  CHECK(b.read(1, 0, 1).has_error());
  CHECK_FALSE(b.bus->was_sent());
  b.line->open_result = {};
  b.time.run_for(1s);
  CHECK(b.read(1, 0, 1).error().code == Errc::timeout);
  CHECK(b.bus->was_sent());
  b.ask({1, device::RegisterBlock{device::RegisterKind::holding, 0, 1}, 0ms});
  CHECK(b.answer().error().code == Errc::invalid_argument);
  CHECK_FALSE(b.bus->was_sent());
  b.line->heard = [&](const base::Bytes&) { b.line->hang_up(); };
  CHECK(b.read(1, 0, 1).error().code == Errc::io);
  CHECK(b.bus->was_sent());
}

TEST_CASE("a request may follow from within the answer to the one before") {
  BusBench b(tcp());
  b.line->heard = [&](const base::Bytes& request) { b.line->say(to(request, "03020001"), 1ms); };
  int done = 0;
  std::function<void()> next = [&] {
    b.bus->transact({9, device::RegisterBlock{device::RegisterKind::holding, 0, 1}, 300ms}, [&](auto reply) {
      CHECK(reply.has_value());
      if (++done < 1000) next();
    });
  };
  next();
  b.time.run_for(2s);
  CHECK(done == 1000);
}

TEST_CASE("a frame is exchanged in the device's own protocol") {
  BusBench b({});
  b.line->heard = [&](const base::Bytes& request) {
    CHECK(request == text("<a?>"));
    b.line->say(text("..<b1>"), 3ms);  // noise, another device's
    b.line->say(text("<a"), 5ms);
    b.line->say(text("1>"), 8ms);
  };
  b.ask(exchange("<a?>"));
  CHECK(b.answer()->frame == text("<a1>"));
  CHECK(b.bus->counters().foreign_replies == 1);
  CHECK(b.bus->counters().noise_bytes == 2);
}

TEST_CASE("an answer of several frames is fetched by waiting for more") {
  BusBench b({});
  b.line->heard = [&](const base::Bytes&) { b.line->say(text("<a1><a2>"), 3ms); };
  b.ask(exchange("<a?>"));
  CHECK(b.answer()->frame == text("<a1>"));
  b.ask(exchange(""));
  CHECK(b.answer()->frame == text("<a2>"));
  b.ask(exchange(""));
  CHECK(b.answer().error().code == Errc::timeout);
  CHECK(b.line->written.size() == 1);
}

TEST_CASE("frames of a device that speaks by itself are kept between two exchanges, with their times") {
  BusBench b({});
  b.ask(exchange("", 10ms));
  CHECK(b.answer().has_error());
  const auto start = b.time.boot_now();
  b.line->say(text("<a1>"), 5ms);
  b.line->say(text("<a2><a"), 20ms);
  b.line->say(text("3>"), 30ms);
  b.time.run_for(100ms);
  for (const auto& [frame, at] : {std::pair("<a1>", 5ms), std::pair("<a2>", 20ms), std::pair("<a3>", 30ms)}) {
    b.ask(exchange("", 10ms));
    CHECK(b.answer()->frame == text(frame));
    CHECK(b.answer()->at - start == at);
  }
}

TEST_CASE("what is kept between two exchanges is bounded: the oldest goes") {
  BusBench b({});
  b.ask(exchange("", 10ms));
  CHECK(b.answer().has_error());
  for (int n = 0; n < 2000; ++n) b.line->say(text("<a" + std::to_string(10'000 + n) + ">"), 1ms);
  b.time.run_for(10ms);
  CHECK(b.bus->counters().noise_bytes == 2000 * 8 - 4096);
  b.ask(exchange("", 10ms));
  CHECK(b.answer()->frame == text("<a11488>"));
}

TEST_CASE("a late frame is not taken for the next question to the same device") {
  BusBench b({});
  b.line->heard = [&](const base::Bytes& request) {
    request[2] == '1' ? b.line->say(text("<a-one>"), 310ms) : b.line->say(text("<a-two>"), 50ms);
  };
  b.ask(exchange("<a1>"));
  CHECK(b.answer().error().code == Errc::timeout);
  b.ask(exchange("<a2>"));
  CHECK(b.answer()->frame == text("<a-two>"));
  CHECK(b.bus->counters().late_replies == 1);
}

TEST_CASE("a cutter that lies about its sizes cannot hurt the bus") {
  static constexpr device::FrameProtocol kLiar{"liar",
                                               [](std::span<const std::uint8_t> bytes) {
                                                 return device::Cut{bytes.size() + 5, 7};
                                               },
                                               same_letter};
  BusBench b({});
  b.line->heard = [&](const base::Bytes&) { b.line->say(text("abc"), 3ms); };
  b.ask({0, ports::FrameExchange{&kLiar, text("x?")}, 100ms});
  CHECK(b.answer().has_error());
  CHECK(b.bus->counters().noise_bytes == 3);
}
