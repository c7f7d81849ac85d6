#include "device/decoder.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "support/catch.hpp"

namespace wayside::device {
namespace {

using model::Quality;
using model::Sample;
using Words = std::vector<std::uint16_t>;

constexpr std::array kOrders{ByteOrder::abcd, ByteOrder::cdab, ByteOrder::badc, ByteOrder::dcba};

PointSpec spec_of(Encoding encoding, ByteOrder order = ByteOrder::abcd) {
  PointSpec spec;
  spec.name = "x";
  spec.kind = RegisterKind::input;
  spec.address = 10;
  spec.encoding = encoding;
  spec.order = order;
  return spec;
}

Sample decode(const PointSpec& spec, Words words) {
  RegisterImage image;
  const auto count = static_cast<std::uint16_t>(words.size());
  image.add({spec.kind, spec.address, count}, std::move(words));
  const auto sample = decode_point(spec, 3, image);
  REQUIRE(sample);
  CHECK(sample->point == 3);
  return *sample;
}

// A second way to lay out a value: bytes first, then the order byte by byte.
Words lay_out(std::uint64_t bits, int words, ByteOrder order) {
  Words out;
  for (int i = 0; i < words; ++i) out.insert(out.begin(), static_cast<std::uint16_t>(bits >> (16 * i)));
  if (order == ByteOrder::cdab || order == ByteOrder::dcba) out = Words(out.rbegin(), out.rend());
  if (order == ByteOrder::badc || order == ByteOrder::dcba) {
    for (auto& word : out) word = static_cast<std::uint16_t>((word << 8U) | (word >> 8U));
  }
  return out;
}

TEST_CASE("a u32 is read in all four orders") {
  const auto integer = [](std::int64_t v) { return model::Value(v); };
  CHECK(decode(spec_of(Encoding::u32, ByteOrder::abcd), {0x0102, 0x0304}).value == integer(0x01020304));
  CHECK(decode(spec_of(Encoding::u32, ByteOrder::cdab), {0x0304, 0x0102}).value == integer(0x01020304));
  CHECK(decode(spec_of(Encoding::u32, ByteOrder::badc), {0x0201, 0x0403}).value == integer(0x01020304));
  CHECK(decode(spec_of(Encoding::u32, ByteOrder::dcba), {0x0403, 0x0201}).value == integer(0x01020304));
}

TEST_CASE("an f32 is read in all four orders") {
  CHECK(decode(spec_of(Encoding::f32, ByteOrder::abcd), {0x4366, 0x8000}).value == model::Value(230.5));
  CHECK(decode(spec_of(Encoding::f32, ByteOrder::cdab), {0x8000, 0x4366}).value == model::Value(230.5));
  CHECK(decode(spec_of(Encoding::f32, ByteOrder::badc), {0x6643, 0x0080}).value == model::Value(230.5));
  CHECK(decode(spec_of(Encoding::f32, ByteOrder::dcba), {0x0080, 0x6643}).value == model::Value(230.5));
}

TEST_CASE("four words are ordered word by word") {
  const model::Value value(std::int64_t{0x0102030405060708});
  CHECK(decode(spec_of(Encoding::u64, ByteOrder::abcd), {0x0102, 0x0304, 0x0506, 0x0708}).value == value);
  CHECK(decode(spec_of(Encoding::u64, ByteOrder::cdab), {0x0708, 0x0506, 0x0304, 0x0102}).value == value);
  CHECK(decode(spec_of(Encoding::u64, ByteOrder::badc), {0x0201, 0x0403, 0x0605, 0x0807}).value == value);
  CHECK(decode(spec_of(Encoding::u64, ByteOrder::dcba), {0x0807, 0x0605, 0x0403, 0x0201}).value == value);
}

TEST_CASE("any value comes back from any order") {
  base::SeededRandom random(1);
  for (int i = 0; i < 500; ++i) {
    const auto bits = random.next();
    const auto order = kOrders[random.below(4)];
    CHECK(decode(spec_of(Encoding::s64, order), lay_out(bits, 4, order)).value ==
          model::Value(static_cast<std::int64_t>(bits)));
    CHECK(decode(spec_of(Encoding::s32, order), lay_out(bits, 2, order)).value ==
          model::Value(std::int64_t{static_cast<std::int32_t>(bits)}));
    CHECK(decode(spec_of(Encoding::s16, order), lay_out(bits, 1, order)).value ==
          model::Value(std::int64_t{static_cast<std::int16_t>(bits)}));
    const double number = random.unit() * 1e6;
    CHECK(decode(spec_of(Encoding::f64, order), lay_out(std::bit_cast<std::uint64_t>(number), 4, order)).value ==
          model::Value(number));
  }
}

TEST_CASE("a u64 beyond int64 becomes a double") {
  const auto sample = decode(spec_of(Encoding::u64), {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE});
  CHECK(sample.value == model::Value(0x1p64));
  CHECK(sample.quality == Quality::good);
}

TEST_CASE("an integer stays one without scale and offset, and is a double with them") {
  auto spec = spec_of(Encoding::s16);
  CHECK(std::holds_alternative<std::int64_t>(decode(spec, {5}).value));
  spec.scale = 0.1;
  CHECK(decode(spec, {2301}).value == model::Value(230.1));
  CHECK(decode(spec, {0xFFFF}).value == model::Value(-0.1));
  spec.scale = 2.5;
  spec.offset = -40;
  CHECK(decode(spec, {10}).value == model::Value(-15.0));
}

TEST_CASE("a bit of a register is a truth") {
  auto spec = spec_of(Encoding::u16);
  spec.bit = 15;
  CHECK(decode(spec, {0x8000}).value == model::Value(true));
  CHECK(decode(spec, {0x7FFF}).value == model::Value(false));
  spec.order = ByteOrder::badc;
  CHECK(decode(spec, {0x0080}).value == model::Value(true));
  CHECK(raw_integer(spec, Words{0x0080}) == 1);
}

TEST_CASE("a coil is a truth") {
  auto spec = spec_of(Encoding::bit);
  spec.kind = RegisterKind::coil;
  CHECK(decode(spec, {1}).value == model::Value(true));
  CHECK(decode(spec, {0}).value == model::Value(false));
}

TEST_CASE("a float that is no number is a failed sensor without value") {
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const auto narrow = std::bit_cast<std::uint32_t>(static_cast<float>(odd));
    const auto small = decode(spec_of(Encoding::f32), lay_out(narrow, 2, ByteOrder::abcd));
    const auto large = decode(spec_of(Encoding::f64), lay_out(std::bit_cast<std::uint64_t>(odd), 4, ByteOrder::abcd));
    for (const auto& sample : {small, large}) {
      CHECK(sample.quality == Quality::bad_sensor_failure);
      CHECK(std::holds_alternative<std::monostate>(sample.value));
    }
  }
}

TEST_CASE("an error value is a failed sensor without value, compared before the scale") {
  auto spec = spec_of(Encoding::s16);
  spec.scale = 0.1;
  spec.error_values = {{0x7FFF, 0x7FFF}, {-32768, -32768}};
  for (const auto word : Words{0x7FFF, 0x8000}) {
    const auto sample = decode(spec, {word});
    CHECK(sample.quality == Quality::bad_sensor_failure);
    CHECK(std::holds_alternative<std::monostate>(sample.value));
  }
  CHECK(decode(spec, {0x7FFE}).quality == Quality::good);
  auto wide = spec_of(Encoding::u64);
  wide.error_values = {{-1, -1}};  // all ones
  CHECK(decode(wide, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}).quality == Quality::bad_sensor_failure);
}

TEST_CASE("a value outside its range is kept and uncertain") {
  auto spec = spec_of(Encoding::u16);
  spec.valid_min = 10;
  spec.valid_max = 100;
  for (const auto word : Words{9, 101}) {
    const auto sample = decode(spec, {word});
    CHECK(sample.quality == Quality::uncertain_range_exceeded);
    CHECK(sample.value == model::Value(std::int64_t{word}));
  }
  for (const auto word : Words{10, 100}) CHECK(decode(spec, {word}).quality == Quality::good);
}

TEST_CASE("what the image does not cover gives no sample") {
  const std::vector<PointSpec> points{spec_of(Encoding::u16), spec_of(Encoding::u32), spec_of(Encoding::bit)};
  RegisterImage image;
  CHECK(decode_all(points, image).empty());
  image.add({RegisterKind::input, 10, 1}, {7});
  image.add({RegisterKind::input, 11, 1}, {8});  // a u32 is never put together from two reads
  const auto samples = decode_all(points, image);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].point == 0);
  CHECK(samples[1].point == 2);
}

TEST_CASE("floats have no raw integer") {
  CHECK_FALSE(raw_integer(spec_of(Encoding::f32), Words{1, 2}));
  CHECK(raw_integer(spec_of(Encoding::u32), Words{0xFFFF, 0xFFFF}) == 0xFFFFFFFF);
}

PointSpec text_of_registers(std::uint16_t registers, ByteOrder order = ByteOrder::abcd) {
  auto spec = spec_of(Encoding::text, order);
  spec.text_registers = registers;
  return spec;
}

model::Value words(const char* text) { return std::string(text); }

TEST_CASE("BCD is read in all widths and orders") {
  const auto integer = [](std::int64_t v) { return model::Value(v); };
  CHECK(decode(spec_of(Encoding::bcd16), {0x0907}).value == integer(907));
  CHECK(decode(spec_of(Encoding::bcd32), {0x1234, 0x5678}).value == integer(12345678));
  CHECK(decode(spec_of(Encoding::bcd32, ByteOrder::dcba), {0x7856, 0x3412}).value == integer(12345678));
  CHECK(decode(spec_of(Encoding::bcd64), {0x9999, 0x9999, 0x9999, 0x9999}).value == integer(9999999999999999));
  CHECK(decode(spec_of(Encoding::bcd64, ByteOrder::badc), {0, 0, 0, 0x3412}).value == integer(1234));
  auto scaled = spec_of(Encoding::bcd32);
  scaled.scale = 0.01;
  CHECK(decode(scaled, {0x0012, 0x3456}).value == model::Value(1234.56));
}

TEST_CASE("a wrong nibble of BCD is a failed sensor, wherever it is") {
  for (int nibble = 0; nibble < 16; ++nibble) {
    Words image(4);
    image[static_cast<std::size_t>(3 - nibble / 4)] = static_cast<std::uint16_t>(0xAU << (4 * (nibble % 4)));
    const auto sample = decode(spec_of(Encoding::bcd64), image);
    CHECK(sample.quality == Quality::bad_sensor_failure);
    CHECK(std::holds_alternative<std::monostate>(sample.value));
  }
}

TEST_CASE("a text is trimmed and ends at the first NUL") {
  CHECK(decode(text_of_registers(3), {0x4142, 0x4300, 0x5A5A}).value == words("ABC"));
  CHECK(decode(text_of_registers(3), {0x2041, 0x4220, 0x2020}).value == words("AB"));
  CHECK(decode(text_of_registers(2, ByteOrder::badc), {0x4241, 0x0043}).value == words("ABC"));
  CHECK(decode(text_of_registers(2), {0, 0}).value == words(""));
  CHECK(decode(text_of_registers(2), {0x41FF, 0xFFFF}).value == words("A"));
  CHECK(decode(text_of_registers(2), {0xFFFF, 0xFFFF}).value == words(""));
  const auto deg = decode(text_of_registers(2), {0xC2B0, 0x4300});
  CHECK(deg.value == words("°C"));
  CHECK(deg.quality == Quality::good);
}

TEST_CASE("a text of one character a register is read as well") {
  CHECK(decode(text_of_registers(4), {'2', '.', '3', 0}).value == words("2.3"));
  CHECK(decode(text_of_registers(2, ByteOrder::badc), {0x3200, 0x3300}).value == words("23"));
}

TEST_CASE("control characters and what is no UTF-8 are replaced, and the text is uncertain") {
  for (const auto& broken :
       {Words{0x4101, 0x4200}, Words{0x417F, 0x4200}, Words{0x41C3, 0x4200}, Words{0x4180, 0x4200}}) {
    const auto sample = decode(text_of_registers(2), broken);
    CHECK(sample.value == words("A\uFFFDB"));
    CHECK(sample.quality == Quality::uncertain);
  }
  // overlong, surrogate, beyond Unicode, C1
  for (const auto& broken : {Words{0xC0AF, 0}, Words{0xEDA0, 0x8000}, Words{0xF490, 0x8080}, Words{0xC285, 0}}) {
    CHECK(decode(text_of_registers(2), broken).quality == Quality::uncertain);
  }
}

TEST_CASE("a bit of a wide value is a truth, a field of it a number") {
  auto spec = spec_of(Encoding::u32);
  spec.bit = 31;
  CHECK(decode(spec, {0x8000, 0}).value == model::Value(true));
  CHECK(decode(spec, {0x7FFF, 0xFFFF}).value == model::Value(false));
  spec.order = ByteOrder::cdab;
  CHECK(decode(spec, {0, 0x8000}).value == model::Value(true));
  auto field = spec_of(Encoding::u64);
  field.bit = 12;
  field.bit_width = 8;
  CHECK(decode(field, {0, 0, 0x000A, 0xB123}).value == model::Value(std::int64_t{0xAB}));
  field.bit = 1;
  field.bit_width = 63;
  CHECK(decode(field, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}).value == model::Value(std::int64_t{0x7FFFFFFFFFFFFFFF}));
}

TEST_CASE("a field of a signed type has a sign, with scale") {
  auto field = spec_of(Encoding::s16);
  field.bit = 8;
  field.bit_width = 8;
  field.scale = 0.5;
  CHECK(decode(field, {0xFE01}).value == model::Value(-1.0));
  CHECK(decode(field, {0x7F00}).value == model::Value(63.5));
  field.encoding = Encoding::u16;
  CHECK(decode(field, {0xFE01}).value == model::Value(127.0));
}

TEST_CASE("sentinels are compared with the whole register, also where a point takes a bit of it") {
  auto spec = spec_of(Encoding::u16);
  spec.bit = 0;
  spec.error_values = {{0xFFFF, 0xFFFF}};
  spec.unsupported_values = {{0x8000, 0x8FFF}};
  CHECK(decode(spec, {0xFFFF}).quality == Quality::bad_sensor_failure);
  CHECK(decode(spec, {0x8001}).quality == Quality::bad_configuration_error);
  CHECK(std::holds_alternative<std::monostate>(decode(spec, {0x8001}).value));
  CHECK(decode(spec, {0x0001}).value == model::Value(true));
}

TEST_CASE("a pattern of a float is a sentinel, a number that happens to look near is not") {
  auto spec = spec_of(Encoding::f32);
  spec.error_values = {{0xFFFEFFFE, 0xFFFEFFFE}};
  spec.unsupported_values = {{0x7F7FFFFF, 0x7F7FFFFF}};
  CHECK(decode(spec, {0xFFFE, 0xFFFE}).quality == Quality::bad_sensor_failure);
  CHECK(decode(spec, {0x7F7F, 0xFFFF}).quality == Quality::bad_configuration_error);
  CHECK(decode(spec, {0x7F7F, 0xFFFE}).quality == Quality::good);
  auto wide = spec_of(Encoding::u64);
  wide.error_values = {{0x7FFFFFFFFFFFFFFF, -1}};  // as patterns: without a sign, so rising
  CHECK(decode(wide, {0x8000, 0, 0, 0}).quality == Quality::bad_sensor_failure);
  CHECK(decode(wide, {0x7FFF, 0xFFFF, 0xFFFF, 0xFFFE}).quality == Quality::good);
}

// Kidde Alarmline II: one register is a fault (0xFFFF), quiet (0) or the metres to the alarm.
TEST_CASE("each point of an overloaded register takes its share of the raw values") {
  auto fault = spec_of(Encoding::u16);
  fault.true_when = {{0xFFFF, 0xFFFF}};
  auto alarm = spec_of(Encoding::u16);
  alarm.true_when = {{1, 32767}};
  alarm.error_values = {{32768, 0xFFFF}};
  auto where = spec_of(Encoding::u16);
  where.only_when = {{1, 32767}};
  CHECK(decode(fault, {0xFFFF}).value == model::Value(true));
  CHECK(decode(fault, {1}).value == model::Value(false));
  CHECK(decode(alarm, {0}).value == model::Value(false));
  CHECK(decode(alarm, {32767}).value == model::Value(true));
  CHECK(decode(alarm, {0xFFFF}).quality == Quality::bad_sensor_failure);
  CHECK(decode(where, {120}).value == model::Value(std::int64_t{120}));
  for (const auto word : Words{0, 0xFFFF, 0x8000}) {
    const auto sample = decode(where, {word});
    CHECK(sample.quality == Quality::bad_out_of_service);
    CHECK(std::holds_alternative<std::monostate>(sample.value));
  }
}

TEST_CASE("an enumeration keeps its number, and an unknown one is uncertain") {
  auto spec = spec_of(Encoding::s16);
  spec.values = {{-1, "down"}, {0, "still"}, {1, "up"}};
  CHECK(decode(spec, {0xFFFF}).value == model::Value(std::int64_t{-1}));
  CHECK(decode(spec, {0xFFFF}).quality == Quality::good);
  CHECK(decode(spec, {2}).value == model::Value(std::int64_t{2}));
  CHECK(decode(spec, {2}).quality == Quality::uncertain_range_exceeded);
}

}  // namespace
}  // namespace wayside::device
