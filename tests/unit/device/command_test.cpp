#include <cmath>
#include <compare>
#include <limits>

#include "base/random.hpp"
#include "device/decoder.hpp"
#include "device/driver.hpp"
#include "device/encoder.hpp"
#include "device/firmware_version.hpp"
#include "device/words.hpp"
#include "support/catch.hpp"

namespace wayside::device {
namespace {

using model::Value;
using Words = std::vector<std::uint16_t>;
using namespace std::chrono_literals;

PointSpec holding(std::string name, Encoding encoding, std::uint16_t address = 10) {
  PointSpec spec;
  spec.name = spec.metric = std::move(name);
  spec.address = address;
  spec.encoding = encoding;
  spec.write = WriteSpec{RegisterKind::holding, address, false, {}, {}, "", 0us, 0};
  return spec;
}

PointSpec coil(std::string name, std::uint16_t address) {
  auto spec = holding(std::move(name), Encoding::bit, address);
  spec.kind = spec.write->kind = RegisterKind::coil;
  return spec;
}

base::Result<CommandPlan> command(const PointSpec& spec, Value value) {
  const std::vector<PointSpec> points{spec};
  return plan_command(points, {0, std::move(value)});
}

Words words_of(const PointSpec& spec, Value value) {
  const auto plan = command(spec, std::move(value));
  REQUIRE(plan.has_value());
  REQUIRE(plan->writes.size() == 1);
  return plan->writes[0].values;
}

std::string refusal(const PointSpec& spec, Value value, base::Errc code = base::Errc::invalid_argument) {
  const auto plan = command(spec, std::move(value));
  REQUIRE(plan.has_error());
  CHECK(plan.error().code == code);
  return plan.error().what;
}

Value integer(std::int64_t v) { return v; }
Value text(const char* v) { return std::string(v); }

TEST_CASE("a point without a write is denied") {
  auto spec = holding("level", Encoding::u16);
  spec.write.reset();
  CHECK_THAT(refusal(spec, integer(1), base::Errc::denied), Catch::Contains("'level'"));
}

TEST_CASE("a number goes back through scale and offset and is rounded") {
  auto spec = holding("t", Encoding::s16);
  spec.scale = 0.1;
  spec.offset = -40;
  CHECK(words_of(spec, 21.5) == Words{615});
  CHECK(words_of(spec, 21.54) == Words{615});
  CHECK(words_of(spec, -50.0) == Words{0xFF9C});
  const auto plan = command(spec, 21.54);
  CHECK(plan->expected == Value(21.5));  // what the device can hold, not what was asked for
  CHECK(fulfilled(*plan, 21.5));
  CHECK_FALSE(fulfilled(*plan, 21.6));
}

TEST_CASE("what the encoding cannot hold is refused with what it can") {
  CHECK_THAT(refusal(holding("a", Encoding::u16), integer(65536)), Catch::Contains("0 to 65535"));
  CHECK_THAT(refusal(holding("a", Encoding::u16), integer(-1)), Catch::Contains("0 to 65535"));
  CHECK_THAT(refusal(holding("a", Encoding::s16), 32768.0), Catch::Contains("-32768 to 32767"));
  CHECK_THAT(refusal(holding("a", Encoding::bcd16), integer(10000)), Catch::Contains("0 to 9999"));
  auto scaled_point = holding("a", Encoding::u16);
  scaled_point.scale = -0.5;
  scaled_point.unit = "m";
  CHECK_THAT(refusal(scaled_point, 1.0), Catch::Contains("-32767.5 to 0 m"));
  CHECK_THAT(refusal(holding("a", Encoding::f32), 1e39), Catch::Contains("number from"));
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK(command(holding("a", Encoding::u16), odd).has_error());
    CHECK(command(holding("a", Encoding::f64), odd).has_error());
  }
}

TEST_CASE("a value outside the range of the write, or else of the point, is refused with that range") {
  auto spec = holding("level", Encoding::u16);
  spec.unit = "%";
  spec.valid_min = 0;
  spec.valid_max = 100;
  CHECK_THAT(refusal(spec, integer(101)), Catch::Contains("101") && Catch::Contains("0 to 100 %"));
  CHECK(words_of(spec, integer(100)) == Words{100});
  spec.write->min = 10;
  spec.write->max = 50;
  CHECK_THAT(refusal(spec, integer(9)), Catch::Contains("10 to 50 %"));
  CHECK_THAT(refusal(spec, std::nan("")), Catch::Contains("10 to 50 %"));
  CHECK(words_of(spec, 50.0) == Words{50});
}

TEST_CASE("any other kind of value is refused") {
  const auto number = holding("n", Encoding::u16);
  for (const auto& value : {Value(true), text("12"), Value()}) CHECK(command(number, value).has_error());
  auto words = holding("w", Encoding::text);
  words.text_registers = 2;
  CHECK(command(words, integer(1)).has_error());
  CHECK(command(coil("c", 1), integer(2)).has_error());
  CHECK(command(coil("c", 1), text("perhaps")).has_error());
}

TEST_CASE("a truth is on or off, however it is said") {
  for (const auto& on : {Value(true), integer(1), Value(1.0), text("on"), text("true")}) {
    CHECK(words_of(coil("c", 3), on) == Words{1});
  }
  for (const auto& off : {Value(false), integer(0), Value(0.0), text("off"), text("false")}) {
    CHECK(words_of(coil("c", 3), off) == Words{0});
  }
  const auto plan = command(coil("c", 3), true);
  CHECK(plan->writes[0] == RegisterWrite{RegisterKind::coil, 3, {1}, false});
  CHECK(plan->read_back == std::vector<RegisterBlock>{{RegisterKind::coil, 3, 1}});
  CHECK(plan->expected == Value(true));
}

TEST_CASE("an enumeration takes its names and its raw values, and nothing else") {
  auto spec = holding("mode", Encoding::u16);
  spec.values = {{0, "safe"}, {1, "restore"}, {7, "inputs"}};
  CHECK(words_of(spec, text("inputs")) == Words{7});
  CHECK(words_of(spec, integer(1)) == Words{1});
  CHECK(command(spec, text("restore"))->expected == integer(1));
  const auto why = refusal(spec, text("saef"));
  CHECK_THAT(why, Catch::Contains("safe (0)") && Catch::Contains("inputs (7)"));
  CHECK(command(spec, integer(2)).has_error());
  CHECK(command(spec, 0.5).has_error());
  CHECK(command(spec, true).has_error());
}

TEST_CASE("all encodings and orders come back as they were commanded") {
  base::SeededRandom random(5);
  for (int round = 0; round < 400; ++round) {
    for (const auto encoding : {Encoding::u16, Encoding::s16, Encoding::u32, Encoding::s32, Encoding::u64,
                                Encoding::s64, Encoding::bcd16, Encoding::bcd32, Encoding::bcd64}) {
      auto spec = holding("x", encoding);
      spec.order = static_cast<ByteOrder>(random.below(4));
      std::int64_t value = static_cast<std::int64_t>(random.below(10'000));
      if (is_signed(encoding) && random.chance(0.5)) value = -value;
      if (word_count(encoding) == 4) value *= 900'000'000'001;  // beyond what a double holds exactly
      const auto words = words_of(spec, value);
      REQUIRE(words.size() == word_count(encoding));
      CHECK(shown(spec, words) == integer(value));
    }
    auto real = holding("x", round % 2 == 0 ? Encoding::f32 : Encoding::f64);
    real.order = static_cast<ByteOrder>(random.below(4));
    const double value = random.unit() * 1e4 - 5e3;
    CHECK(model::as_number(shown(real, words_of(real, value))) == Approx(value));
  }
}

TEST_CASE("the words go out in the order of the point") {
  auto spec = holding("x", Encoding::u32);
  for (const auto& [order, words] :
       {std::pair{ByteOrder::abcd, Words{0x0102, 0x0304}}, std::pair{ByteOrder::cdab, Words{0x0304, 0x0102}},
        std::pair{ByteOrder::badc, Words{0x0201, 0x0403}}, std::pair{ByteOrder::dcba, Words{0x0403, 0x0201}}}) {
    spec.order = order;
    CHECK(words_of(spec, integer(0x01020304)) == words);
  }
}

TEST_CASE("a raw value that means no value or something else cannot be commanded") {
  auto spec = holding("x", Encoding::u16);
  spec.error_values = {{0xFFFF, 0xFFFF}};
  spec.unsupported_values = {{0xFFFE, 0xFFFE}};
  spec.only_when = {{1, 100}, {0xFFFE, 0xFFFF}};
  CHECK_THAT(refusal(spec, integer(0xFFFF)), Catch::Contains("65535"));
  CHECK_THAT(refusal(spec, integer(0xFFFE)), Catch::Contains("65534"));
  CHECK_THAT(refusal(spec, integer(101)), Catch::Contains("101"));
  CHECK(words_of(spec, integer(100)) == Words{100});
}

TEST_CASE("a bit of a register is denied, a register of its own for it is not") {
  auto spec = holding("on", Encoding::u16);
  spec.bit = 3;
  CHECK_THAT(refusal(spec, true, base::Errc::denied), Catch::Contains("part of its register"));
  spec.write->address = 11;
  CHECK(words_of(spec, true) == Words{1});
  spec.bit_width = 4;
  CHECK(words_of(spec, integer(9)) == Words{9});
  spec.write->address = 10;
  CHECK(command(spec, integer(9)).has_error());
  auto classes = holding("alarm", Encoding::u16);
  classes.true_when = {{1, 5}};
  CHECK(command(classes, true).has_error());
}

TEST_CASE("a command is read back at the point that shows its effect") {
  auto switched = coil("relay", 2);
  switched.write->read_back = "real";
  switched.write->settle = 200ms;
  switched.write->tolerance = 0.5;
  auto real = coil("real", 98);
  real.kind = RegisterKind::discrete;
  const std::vector<PointSpec> points{switched, real};
  const auto plan = plan_command(points, {0, true});
  REQUIRE(plan.has_value());
  CHECK(plan->measured == 1);
  CHECK(plan->settle == 200ms);
  CHECK(plan->tolerance == 0.5);
  CHECK(plan->read_back == std::vector<RegisterBlock>{{RegisterKind::discrete, 98, 1}});
  const std::vector<PointSpec> alone{switched};
  CHECK(plan_command(alone, {0, true}).error().code == base::Errc::denied);
}

TEST_CASE("the writes of a group move with their instance, and so does the read-back within it") {
  Profile profile;
  auto total = coil("total", 200);
  auto relay = coil("relay", 0);
  relay.write->read_back = "real";
  auto other = coil("other", 8);
  other.write->read_back = "total";
  auto real = coil("real", 96);
  real.write.reset();
  profile.points = {total};
  profile.groups = {PointGroup{"relay", "relays", 1, 6, 6, 1, {relay, other, real}}};
  const auto points = expand(profile, {});
  REQUIRE(points.has_value());
  const auto& third = points->at(1 + 2 * 3);
  CHECK(third.name == "relay-3.relay");
  CHECK(third.write->address == 2);
  CHECK(third.write->read_back == "relay-3.real");
  CHECK(points->at(1 + 2 * 3 + 1).write->read_back == "total");
  profile.groups[0].points[1].write->address = 65532;
  CHECK(expand(profile, {}).has_error());
}

TEST_CASE("several registers are one write, by FC 16 also where there is one if the profile says so") {
  auto spec = holding("x", Encoding::u16);
  spec.write->multiple = true;
  CHECK(command(spec, integer(1))->writes[0].multiple);
  auto words = holding("w", Encoding::text);
  words.text_registers = 3;
  CHECK(words_of(words, text("Abc")) == Words{0x4162, 0x6300, 0});
  CHECK(command(words, text("Abc"))->expected == text("Abc"));
  CHECK(command(words, text("Abcdefg")).has_error());
  CHECK(command(words, text("a\nb")).has_error());
  CHECK(command(words, text("\xFF")).has_error());
}

TEST_CASE("firmware versions are compared number by number") {
  CHECK(std::is_gt(compare_firmware("2.10", "2.9")));
  CHECK(std::is_eq(compare_firmware("v2.3.0", "2.3")));
  CHECK(std::is_gt(compare_firmware("1.0-rc1", "1.0.0")));  // what is no number separates
  CHECK(std::is_eq(compare_firmware("", "0")));
  CHECK(std::is_eq(compare_firmware("99999999999999999999999", "99999999999")));
  PointSpec spec;
  spec.since_firmware = "2.3.0";
  spec.until_firmware = "3";
  CHECK_FALSE(has_point("2.2.9", spec));
  CHECK(has_point("2.3", spec));
  CHECK_FALSE(has_point("3.0.0", spec));
  CHECK(has_point("", spec));
}

}  // namespace
}  // namespace wayside::device
