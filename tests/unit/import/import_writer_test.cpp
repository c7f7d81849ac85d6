#include "import_support.hpp"

namespace wayside::config::test {
namespace {

using device::Encoding;
using device::PointSpec;

constexpr ProfileKeys kEverything{.text = true,
                                  .bcd = true,
                                  .bits = true,
                                  .wide_bit = true,
                                  .values = true,
                                  .write = true,
                                  .unsupported_values = true};

Imported with(PointSpec point) {
  Imported imported;
  imported.profile.name = "p";
  imported.profile.version = 1;
  imported.profile.family = "generic";
  imported.profile.title = "t";
  imported.profile.source = "s";
  point.name = "x";
  point.metric = "x";
  imported.profile.points.push_back(std::move(point));
  return imported;
}

std::string written(Imported imported, const ProfileKeys& keys, bool writes = false) {
  auto options = options_for("x");
  options.writes = writes;
  fit_to_keys(imported, options, keys);
  return write_profile(imported, keys);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("keys that the reader does not know yet are left out with a finding") {
  PointSpec text;
  text.encoding = Encoding::text;
  text.text_registers = 8;
  CHECK(has(written(with(text), {}), "this version's profiles have none"));
  CHECK(has(written(with(text), kEverything), "type: text, length: 8"));
  PointSpec named;
  named.values = {{0, "off"}, {1, "on \"x\""}};
  CHECK(has(written(with(named), {}), "meaning: \"0 = off, 1 = on \\\"x\\\".\""));
  CHECK(has(written(with(named), kEverything), R"(values: {0: "off", 1: "on \"x\""})"));
  PointSpec bits;
  bits.bit = 4;
  bits.bit_width = 3;
  CHECK_FALSE(has(written(with(bits), {}), "name: x"));
  CHECK(has(written(with(bits), kEverything), "bits: [4, 3]"));
}

TEST_CASE("a point may be written only when asked for") {
  PointSpec point;
  point.write = device::WriteSpec{};
  point.write->min = 0;
  point.write->max = 100;
  CHECK_FALSE(has(written(with(point), kEverything), "write: {"));
  CHECK(has(written(with(point), kEverything), "--with-writes"));
  CHECK(has(written(with(point), kEverything, true), "write: {range: [0, 100]}"));
}

TEST_CASE("raw values are written as the patterns that stand in the registers") {
  PointSpec point;
  point.encoding = Encoding::s16;
  point.unsupported_values = {{-32768, -32768}};
  CHECK(has(written(with(point), {}), "error_values: [0x8000]"));
  CHECK(has(written(with(point), kEverything), "unsupported_values: [0x8000]"));
  point.encoding = Encoding::u64;
  point.unsupported_values = {{-1, -1}};
  CHECK(has(written(with(point), {}), "[0xFFFFFFFFFFFFFFFF]"));
}

TEST_CASE("a bit of a wide value is looked for in its own register") {
  PointSpec point;
  point.encoding = Encoding::u32;
  point.kind = device::RegisterKind::holding;
  point.address = 10;
  point.bit = 17;
  CHECK(has(written(with(point), {}), "address: 10, type: u16, bit: 1"));
  point.order = device::ByteOrder::cdab;
  CHECK(has(written(with(point), {}), "address: 11, type: u16, bit: 1"));
}

TEST_CASE("numbers read back as they were") {
  PointSpec point;
  for (const double scale : {0.1, 1e-7, 1.0 / 3, 1e20, 65536.0, -0.5}) {
    point.scale = scale;
    const auto imported = with(point);
    CHECK(accepted(imported).at(0).scale == scale);
  }
}

TEST_CASE("formats are known by ending and text") {
  CHECK(guess_format("a.csv", "") == ImportFormat::csv);
  CHECK(guess_format("a.CONF", "") == ImportFormat::telegraf);
  CHECK(guess_format("a.yml", "deviceResources:") == ImportFormat::edgex);
  CHECK(guess_format("a.json", "{}") == ImportFormat::sunspec);
  CHECK_FALSE(guess_format("a.txt", "x"));
}

}  // namespace
}  // namespace wayside::config::test
