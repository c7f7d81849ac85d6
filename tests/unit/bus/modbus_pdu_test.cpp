#include "bus/modbus_pdu.hpp"

#include "bus/fault_map.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using base::Consequence;
using base::Errc;
using device::RegisterBlock;
using device::RegisterKind;
using device::RegisterWrite;

namespace {

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

base::Bytes read(RegisterKind kind, std::uint16_t first, std::uint16_t count) {
  base::Bytes out;
  REQUIRE(bus::append_read({kind, first, count}, out).has_value());
  return out;
}

base::Bytes write(const RegisterWrite& what) {
  base::Bytes out;
  REQUIRE(bus::append_write(what, out).has_value());
  return out;
}

Errc refused(const RegisterWrite& what) {
  base::Bytes out;
  const auto result = bus::append_write(what, out);
  REQUIRE(result.has_error());
  CHECK(out.empty());
  return result.error().code;
}

}  // namespace

// Examples of the Modbus application protocol V1.1b3, 6.1 to 6.12.
TEST_CASE("requests are those of the specification") {
  CHECK(read(RegisterKind::coil, 0x13, 0x13) == hex("0100130013"));
  CHECK(read(RegisterKind::discrete, 0xC4, 0x16) == hex("0200c40016"));
  CHECK(read(RegisterKind::holding, 0x6B, 3) == hex("03006b0003"));
  CHECK(read(RegisterKind::input, 8, 1) == hex("0400080001"));
  CHECK(write({RegisterKind::coil, 0xAC, {1}}) == hex("0500acff00"));
  CHECK(write({RegisterKind::coil, 0xAC, {0}}) == hex("0500ac0000"));
  CHECK(write({RegisterKind::holding, 1, {3}}) == hex("0600010003"));
  CHECK(write({RegisterKind::coil, 0x13, {1, 0, 1, 1, 0, 0, 1, 1, 1, 0}}) == hex("0f0013000a02cd01"));
  CHECK(write({RegisterKind::holding, 1, {0xA, 0x102}}) == hex("100001000204000a0102"));
  CHECK(write({RegisterKind::holding, 1, {7}, true}) == hex("10000100010200"
                                                            "07"));
  CHECK(write({RegisterKind::coil, 1, {1}, true}) == hex("0f0001000101"
                                                         "01"));
}

TEST_CASE("requests beyond the limits are refused before they reach a bus") {
  base::Bytes out;
  for (const auto& block : {RegisterBlock{RegisterKind::holding, 0, 0}, RegisterBlock{RegisterKind::holding, 0, 126},
                            RegisterBlock{RegisterKind::coil, 0, 2001}, RegisterBlock{RegisterKind::input, 65535, 2}}) {
    CHECK(bus::append_read(block, out).has_error());
  }
  CHECK(out.empty());
  CHECK(bus::append_read({RegisterKind::input, 65535, 1}, out).has_value());
  CHECK(bus::append_read({RegisterKind::coil, 0, 2000}, out).has_value());
  CHECK(refused({RegisterKind::holding, 0, {}}) == Errc::invalid_argument);
  CHECK(refused({RegisterKind::holding, 0, std::vector<std::uint16_t>(124)}) == Errc::invalid_argument);
  CHECK(refused({RegisterKind::coil, 0, std::vector<std::uint16_t>(1969)}) == Errc::invalid_argument);
  CHECK(refused({RegisterKind::holding, 65535, {1, 2}}) == Errc::invalid_argument);
  CHECK(refused({RegisterKind::input, 0, {1}}) == Errc::invalid_argument);
  CHECK(refused({RegisterKind::coil, 0, {2}}) == Errc::invalid_argument);
}

TEST_CASE("answers are words, bits one a word") {
  const auto words = bus::check_response(read(RegisterKind::holding, 0x6B, 3), hex("0306022b00000064"));
  CHECK(*words == std::vector<std::uint16_t>{0x22B, 0, 0x64});
  const auto bits = bus::check_response(read(RegisterKind::coil, 0x13, 10), hex("0102cd01"));
  CHECK(*bits == std::vector<std::uint16_t>{1, 0, 1, 1, 0, 0, 1, 1, 1, 0});
  CHECK(bus::check_response(write({RegisterKind::coil, 0xAC, {1}}), hex("0500acff00"))->empty());
  CHECK(bus::check_response(write({RegisterKind::holding, 1, {10, 20}}), hex("1000010002"))->empty());
}

TEST_CASE("an answer that does not fit its request is a protocol error") {
  const auto request = read(RegisterKind::holding, 0x6B, 3);
  for (const auto* text : {"", "03", "0306022b0000", "0306022b0000006400", "0406022b00000064", "0305022b00000064", "83",
                           "830200", "8402"}) {
    const auto result = bus::check_response(request, hex(text));
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::protocol);
    CHECK(result.error().consequence == Consequence::retry_later);
  }
  const auto one = write({RegisterKind::holding, 1, {3}});
  for (const auto* text : {"0600010004", "0600020003", "06000100", "0500010003"}) {
    CHECK(bus::check_response(one, hex(text)).error().code == Errc::protocol);
  }
}

TEST_CASE("exceptions have the meaning of the table") {
  const auto request = read(RegisterKind::holding, 0, 1);
  const auto error = [&](std::uint8_t code) {
    const auto result = bus::check_response(request, base::Bytes{0x83, code});
    REQUIRE(result.has_error());
    CHECK(result.error().detail == code);
    return result.error();
  };
  for (const std::uint8_t code : base::Bytes{1, 2, 3}) {
    CHECK(error(code).code == Errc::exception_reply);
    CHECK(error(code).consequence == Consequence::skip_point);
  }
  for (const std::uint8_t code : base::Bytes{4, 5, 6, 7, 8, 9, 0, 255}) {
    CHECK(error(code).code == Errc::exception_reply);
    CHECK(error(code).consequence == Consequence::retry_later);
  }
  CHECK(error(0x0A).code == Errc::closed);
  CHECK(error(0x0A).consequence == Consequence::device_lost);
  CHECK(error(0x0B).code == Errc::timeout);
  CHECK(error(0x0B).consequence == Consequence::device_lost);
}
