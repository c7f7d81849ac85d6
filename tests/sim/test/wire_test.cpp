// Framing, CRC and the PDU layer, against frames written out by hand.
#include "sim/devices/intesis_dali.hpp"
#include "sim/devices/seahawk.hpp"
#include "sim/wire/crc16.hpp"
#include "sim/wire/framing.hpp"
#include "sim/wire/slave.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;
using wayside::base::Bytes;
using wayside::base::ByteView;

TEST_CASE("crc16 gives the check value of Modbus", "[sim]") {
  CHECK(crc16(wayside::base::as_bytes("123456789")) == 0x4B37);
}

TEST_CASE("an RTU request is whole when its last byte has come", "[sim]") {
  // The example of the Modbus serial line guide: unit 1, read 10 holding registers from 0.
  const Bytes frame{0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD};
  RtuReceiver receiver;
  CHECK_FALSE(receiver.feed(ByteView(frame).first(5)));
  const auto request = receiver.feed(ByteView(frame).subspan(5));
  REQUIRE(request);
  CHECK(request->unit == 1);
  CHECK(request->pdu == Bytes{0x03, 0x00, 0x00, 0x00, 0x0A});
  CHECK(request->wire_bytes == 8);
  CHECK(rtu_frame(1, request->pdu) == frame);
}

TEST_CASE("an RTU frame of an unknown function ends with silence", "[sim]") {
  RtuReceiver receiver;
  const Bytes pdu{0x2B, 0x0E, 0x01, 0x00};
  CHECK_FALSE(receiver.feed(rtu_frame(5, pdu)));
  const auto request = receiver.silence();
  REQUIRE(request);
  CHECK(request->pdu == pdu);
}

TEST_CASE("a spoilt RTU frame is dropped at the silence and the next one is read", "[sim]") {
  const Bytes pdu{0x04, 0x00, 0x00, 0x00, 0x02};
  Bytes spoilt = rtu_frame(1, pdu);
  spoilt[3] ^= 0x01U;
  RtuReceiver receiver;
  CHECK_FALSE(receiver.feed(spoilt));
  CHECK_FALSE(receiver.silence());
  CHECK(receiver.discarded() == spoilt.size());
  CHECK(receiver.feed(rtu_frame(1, pdu)));
}

TEST_CASE("a write of several registers has its length in the frame", "[sim]") {
  RtuReceiver receiver;
  const Bytes pdu{0x10, 0x00, 0x02, 0x00, 0x02, 0x04, 0x42, 0x70, 0x00, 0x00};
  const Bytes frame = rtu_frame(1, pdu);
  CHECK_FALSE(receiver.feed(ByteView(frame).first(6)));
  const auto request = receiver.feed(ByteView(frame).subspan(6));
  REQUIRE(request);
  CHECK(request->pdu == pdu);
}

TEST_CASE("TCP requests are cut from the stream wherever it was split", "[sim]") {
  const Bytes pdu{0x04, 0x00, 0x00, 0x00, 0x02};
  Bytes stream = tcp_frame(7, 1, pdu);
  CHECK(stream == Bytes{0, 7, 0, 0, 0, 6, 1, 0x04, 0x00, 0x00, 0x00, 0x02});
  const Bytes second = tcp_frame(8, 2, pdu);
  stream.insert(stream.end(), second.begin(), second.end());
  TcpReceiver receiver;
  receiver.feed(ByteView(stream).first(9));
  CHECK_FALSE(receiver.next());
  receiver.feed(ByteView(stream).subspan(9));
  const auto one = receiver.next();
  const auto two = receiver.next();
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->transaction == 7);
  CHECK(two->unit == 2);
  CHECK_FALSE(receiver.next());
}

TEST_CASE("a TCP stream of another protocol is broken", "[sim]") {
  TcpReceiver receiver;
  receiver.feed(wayside::base::as_bytes("GET / HTTP/1.0\r\n"));
  CHECK_FALSE(receiver.next());
  CHECK(receiver.is_broken());
}

TEST_CASE("a unit that is not there is silent on a bus and exception 0B behind TCP", "[sim]") {
  const Bytes read{0x04, 0x00, 0x00, 0x00, 0x01};
  CHECK_FALSE(Slave(Slave::Missing::silence, 1).handle(9, read));
  const auto reply = Slave(Slave::Missing::exception, 1).handle(9, read);
  REQUIRE(reply);
  CHECK(reply->pdu == Bytes{0x84, 0x0B});
}

TEST_CASE("the PDU layer answers with exceptions 01, 02 and 03", "[sim]") {
  Seahawk cable({300, 1});
  CHECK(answer(cable, Bytes{0x04, 0x00, 0x08, 0x00, 0x01}) == Bytes{0x04, 0x02, 0x01, 0x2D});  // firmware 301
  CHECK(answer(cable, Bytes{0x2B, 0x0E}) == Bytes{0xAB, 0x01});
  CHECK(answer(cable, Bytes{0x01, 0x00, 0x00, 0x00, 0x01}) == Bytes{0x81, 0x01});  // no coils
  CHECK(answer(cable, Bytes{0x04, 0x00, 0x64, 0x00, 0x01}) == Bytes{0x84, 0x02});
  CHECK(answer(cable, Bytes{0x04, 0x00, 0x00, 0x00, 0x00}) == Bytes{0x84, 0x03});
  CHECK(answer(cable, Bytes{0x04, 0x00}) == Bytes{0x84, 0x03});
  CHECK(answer(cable, Bytes{0x06, 0x00, 0x00, 0x00, 0x64}) == Bytes{0x06, 0x00, 0x00, 0x00, 0x64});
  CHECK(answer(cable, Bytes{0x06, 0x00, 0x00, 0x00, 0xFF}) == Bytes{0x86, 0x03});  // threshold 25..175
  CHECK(answer(cable, Bytes{0x10, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x01}) == Bytes{0x90, 0x03});
}

TEST_CASE("a broadcast writes to every unit of a bus and gets no answer", "[sim]") {
  IntesisDali one({2, 1});
  IntesisDali two({2, 2});
  Slave slave(Slave::Missing::silence, 1);
  slave.add(1, one);
  slave.add(2, two);
  CHECK_FALSE(slave.handle(0, Bytes{0x06, 0x1A, 0x90, 0x00, 0x32}));  // 6800: level 50 %
  CHECK((*one.read(Table::holding, 6, 1))[0] == 50);
  CHECK((*two.read(Table::holding, 106, 1))[0] == 50);
}

TEST_CASE("wire faults of a device: silent, exception, delay, drop, corrupt, clear", "[sim]") {
  Seahawk cable({300, 1});
  Slave slave(Slave::Missing::silence, 1);
  slave.add(1, cable);
  const Bytes read{0x04, 0x00, 0x00, 0x00, 0x01};
  REQUIRE(cable.fault("silent on").has_value());
  CHECK_FALSE(slave.handle(1, read));
  REQUIRE(cable.fault("silent off").has_value());
  REQUIRE(cable.fault("exception 6").has_value());
  CHECK(slave.handle(1, read)->pdu == Bytes{0x84, 0x06});
  REQUIRE(cable.fault("exception 0").has_value());
  REQUIRE(cable.fault("delay 750").has_value());
  CHECK(slave.handle(1, read)->delay == std::chrono::milliseconds{750});
  REQUIRE(cable.fault("corrupt 100").has_value());
  CHECK(slave.handle(1, read)->is_corrupt);
  REQUIRE(cable.fault("drop 30").has_value());
  int lost = 0;
  for (int i = 0; i < 1000; ++i) lost += slave.handle(1, read) ? 0 : 1;
  CHECK((lost > 230 && lost < 370));
  REQUIRE(cable.fault("clear").has_value());
  const auto healthy = slave.handle(1, read);
  REQUIRE(healthy);
  CHECK(healthy->delay.count() == 0);
  CHECK_FALSE(healthy->is_corrupt);
}
