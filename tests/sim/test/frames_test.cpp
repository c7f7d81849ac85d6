// Meters of frames, against frames written out by hand, and over a real socket.
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include "sim/devices/cjt188_meter.hpp"
#include "sim/devices/dlt645_meter.hpp"
#include "sim/host.hpp"
#include "sim/test/device_helpers.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;
using wayside::base::Bytes;
using wayside::base::ByteView;
using wayside::base::from_hex;

namespace {

Bytes hex(std::string text) {
  std::erase(text, ' ');
  return *from_hex(text);
}

// Published requests: energy of meter 161, current data of water meter 78330011223344.
const Bytes kEnergy = hex("FE FE FE FE 68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16");
const Bytes kWater = hex("FE FE 68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16");

Bytes dlt645_request(Bytes body) {
  Bytes out = hex("68 61 01 00 00 00 00 68");
  out.insert(out.end(), body.begin(), body.end());
  unsigned total = 0;
  for (const auto byte : out) total += byte;
  out.push_back(static_cast<std::uint8_t>(total));
  out.push_back(0x16);
  return out;
}

Dlt645Meter electricity() { return Dlt645Meter({161, {20, 80, 1}}); }

}  // namespace

TEST_CASE("a DL/T 645 meter answers a published request, in whatever pieces it comes", "[sim]") {
  auto meter = electricity();
  test::run(meter, 1, 22);
  CHECK(meter.hear(ByteView(kEnergy).first(11)).empty());
  const auto answers = meter.hear(ByteView(kEnergy).subspan(11));
  REQUIRE(answers.size() == 1);
  const Bytes& answer = answers[0];
  REQUIRE(answer.size() == 22);
  CHECK(Bytes(answer.begin(), answer.begin() + 16) == hex("FE FE 68 61 01 00 00 00 00 68 91 08 33 33 34 33"));
  CHECK(answer.back() == 0x16);
}

TEST_CASE("a DL/T 645 meter keeps to its address, and answers the address of any", "[sim]") {
  Dlt645Meter other({162, {20, 80, 1}});
  CHECK(other.hear(kEnergy).empty());
  const auto any = hex("68 AA AA AA AA AA AA 68 13 00 DF 16");
  const auto answers = other.hear(any);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0] == hex("FE FE 68 62 01 00 00 00 00 68 93 06 95 34 33 33 33 33 61 16"));
}

TEST_CASE("a DL/T 645 meter splits its answers, refuses what it does not know, and opens its relay", "[sim]") {
  auto meter = electricity();
  test::run(meter, 1, 22);
  REQUIRE(meter.fault("split on").has_value());
  CHECK(meter.hear(kEnergy).at(0).at(10) == 0xB1);
  const auto second = meter.hear(dlt645_request(hex("12 05 33 33 34 33 34"))).at(0);
  CHECK(second.at(10) == 0x92);
  CHECK(second.at(18) == 0x34);  // its number
  CHECK(meter.hear(dlt645_request(hex("12 05 33 33 34 33 35"))).at(0).at(10) == 0xD2);
  CHECK(meter.hear(dlt645_request(hex("11 04 33 33 3C 33"))).at(0).at(10) == 0xD1);
  REQUIRE(meter.fault("clear").has_value());
  REQUIRE(meter.fault("relay-open on").has_value());
  CHECK(meter.hear(dlt645_request(hex("11 04 36 38 33 37"))).at(0).at(16) == 0x43);
  REQUIRE(meter.fault("exception 4").has_value());
  CHECK(meter.hear(kEnergy).at(0).at(12) == 0x37);
}

TEST_CASE("a CJ/T 188 meter counts water and tells valve and battery", "[sim]") {
  Cjt188Meter meter({78330011223344, 10, 1});
  const auto total = [&meter] {
    const auto answer = meter.hear(kWater).at(0);
    CHECK(answer.at(12) == 0x81);
    CHECK(answer.at(21) == 0x2C);
    double value = 0;
    for (std::size_t i = 21; i-- > 17;) value = value * 100 + (answer[i] >> 4U) * 10 + (answer[i] & 15U);
    return value / 100;
  };
  test::run(meter, 1, 12);
  const double before = total();
  test::run(meter, 1, 12, 3600);
  CHECK(total() == Approx(before + 10).margin(0.02));
  REQUIRE(meter.fault("valve-close on").has_value());
  test::run(meter, 1, 12, 3600);
  CHECK(total() == Approx(before + 10).margin(0.02));
  REQUIRE(meter.fault("battery-low on").has_value());
  CHECK(meter.hear(kWater).at(0).at(34) == 0x05);
  Cjt188Meter other({78330011223345, 10, 1});
  CHECK(other.hear(kWater).empty());
}

TEST_CASE("noise before a request and half requests do not fill a meter's memory", "[sim]") {
  auto meter = electricity();
  for (int i = 0; i < 200; ++i) CHECK(meter.hear(ByteView(kEnergy).first(14)).empty());
  CHECK(meter.hear(kEnergy).size() == 1);
}

TEST_CASE("wire faults work on frames", "[sim]") {
  auto meter = electricity();
  Slave slave(Slave::Missing::silence, 1);
  slave.add(1, meter);
  CHECK(slave.speaks_frames());
  REQUIRE(meter.fault("delay 40").has_value());
  REQUIRE(meter.fault("corrupt 100").has_value());
  const auto replies = slave.hear(kEnergy);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].delay == std::chrono::milliseconds{40});
  CHECK(replies[0].is_corrupt);
  REQUIRE(meter.fault("silent on").has_value());
  CHECK(slave.hear(kEnergy).empty());
}

TEST_CASE("a scene has meters of frames behind a serial server", "[sim]") {
  using boost::asio::ip::tcp;
  const auto scene = parse_scene(
      "lines: [{name: meters, tcp: 127.0.0.1:0}]\n"
      "devices:\n"
      "  - {name: power, line: meters, unit: 1, kind: dlt645-meter, address: 000000000161}\n"
      "  - {name: water, line: meters, unit: 2, kind: cjt188-meter}\n",
      "");
  REQUIRE(scene.has_value());
  boost::asio::io_context io;
  const auto host = Host::start(io, *scene, "", [](std::string_view) {});
  REQUIRE(host.has_value());
  tcp::socket socket(io);
  const auto port = static_cast<std::uint16_t>(std::stoi((*host)->places()[0].second));
  socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  for (const auto& [request, size] : {std::pair{kEnergy, 22U}, std::pair{kWater, 38U}}) {
    boost::asio::write(socket, boost::asio::buffer(request));
    Bytes answer;
    while (answer.size() < size) {
      std::array<std::uint8_t, 64> part{};
      std::size_t got = 0;
      socket.async_read_some(boost::asio::buffer(part),
                             [&got](const boost::system::error_code&, std::size_t n) { got = n; });
      while (got == 0 && io.run_one_for(std::chrono::seconds{5}) > 0) {
      }
      REQUIRE(got > 0);
      answer.insert(answer.end(), part.begin(), std::next(part.begin(), static_cast<std::ptrdiff_t>(got)));
    }
    CHECK(answer.size() == size);
    CHECK(answer.back() == 0x16);
  }
}
