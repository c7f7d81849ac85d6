#include "import_support.hpp"

namespace wayside::config::test {
namespace {

using model::Quality;

ImportOptions model(const std::string& file, int offset) {
  auto options = options_for("sunspec/" + file);
  options.model_offset = offset;
  return options;
}

Imported sunspec(const std::string& text, ImportOptions options = options_for("x.json")) {
  if (!options.model_offset) options.model_offset = 70;
  return import_text(ImportFormat::sunspec, text, options);
}

TEST_CASE("the three-phase inverter of SunSpec with the scale factors that were read from it") {
  auto options = model("model_103.json", 70);
  options.scale_factors = {{"A_SF", -2}, {"V_SF", -1}, {"W_SF", 1}, {"WH_SF", 0}};
  const auto imported = import_file(ImportFormat::sunspec, options);
  const auto points = accepted(imported);
  CHECK(point_of(points, "a").address == 40072);
  CHECK(point_of(points, "st").address == 40108);
  CHECK(number_of(points, "a", {1234}) == Approx(12.34));
  CHECK(number_of(points, "ph_vph_a", {2305}) == Approx(230.5));
  CHECK(number_of(points, "w", {0xFFFF}) == Approx(-10));
  CHECK(number_of(points, "wh", {60, 8980}) == 60 * 65536 + 8980);
  CHECK(point_of(points, "wh").unit == "Wh");
}

TEST_CASE("what SunSpec calls not implemented has no value") {
  auto options = model("model_103.json", 70);
  options.scale_factors = {{"A_SF", 0}, {"W_SF", 0}, {"WH_SF", 0}};
  const auto points = accepted(import_file(ImportFormat::sunspec, options));
  CHECK_FALSE(is_good(decoded(points, "a", {0xFFFF}).quality));
  CHECK_FALSE(is_good(decoded(points, "w", {0x8000}).quality));
  CHECK_FALSE(is_good(decoded(points, "wh", {0, 0}).quality));
  CHECK_FALSE(is_good(decoded(points, "evt1", {0xFFFF, 0xFFFF}).quality));
  CHECK(is_good(decoded(points, "w", {0x7FFF}).quality));
  const auto meter = accepted(import_file(ImportFormat::sunspec, model("model_213.json", 70)));
  CHECK_FALSE(is_good(decoded(meter, "w", {0x7FC0, 0x0000}).quality));
}

TEST_CASE("a point whose scale factor only the device knows is left out, with the register where it stands") {
  const auto imported = import_file(ImportFormat::sunspec, model("model_103.json", 70));
  CHECK(tells(imported,
              "point 'A': not carried over: its scale factor A_SF stands in the device, in holding register 40076"));
  for (const auto& point : accepted(imported)) CHECK(point.scale == 1);
}

TEST_CASE("the common model tells who made the device") {
  const auto points = accepted(import_file(ImportFormat::sunspec, options_for("sunspec/model_1.json")));
  std::vector<std::uint16_t> words(16);
  words[0] = 0x4142;
  words[1] = 0x4300;
  CHECK(point_of(points, "mn").address == 40004);
  CHECK(decoded(points, "mn", words).value == model::Value(std::string("ABC")));
}

TEST_CASE("what SunSpec calls writable may be commanded when asked for") {
  auto options = options_for("sunspec/model_1.json");
  CHECK_FALSE(point_of(accepted(import_file(ImportFormat::sunspec, options)), "da").write);
  options.writes = true;
  const auto imported = import_text(ImportFormat::sunspec, data_file(options.file), options);
  const auto points = accepted(imported);
  REQUIRE(point_of(points, "da").write);
  CHECK(point_of(points, "da").write->multiple);
}

TEST_CASE("where a model stands is not guessed, but for the common model") {
  auto options = options_for("sunspec/model_103.json");
  const auto imported = import_file(ImportFormat::sunspec, options);
  CHECK(imported.empty());
  CHECK(tells(imported, "--model-offset"));
  options = options_for("sunspec/model_1.json");
  options.base = 0;
  CHECK(point_of(accepted(import_file(ImportFormat::sunspec, options)), "da").address == 68);
}

TEST_CASE("a group that repeats as often as the device says") {
  auto options = model("model_714.json", 200);
  const auto without = import_file(ImportFormat::sunspec, options);
  CHECK(tells(without, "give --counts NPrt=NUMBER"));
  CHECK(without.profile.groups.empty());
  options.counts = {{"NPrt", 2}};
  options.scale_factors = {{"DCA_SF", -1}, {"DCV_SF", 0}, {"DCW_SF", 0}, {"DCWH_SF", 0}, {"Tmp_SF", 0}};
  const auto points = accepted(import_file(ImportFormat::sunspec, options));
  CHECK(point_of(points, "prt-1.dca").address == 40230);
  CHECK(point_of(points, "prt-2.dca").address == 40255);
  CHECK(number_of(points, "prt-2.dca", {0xFFF6}) == Approx(-1));
}

TEST_CASE("bits of a bit field are points of their own only when asked for") {
  auto options = model("model_103.json", 70);
  options.bits = true;
  const auto imported = import_file(ImportFormat::sunspec, options);
  const auto points = accepted(imported);
  CHECK(decoded(points, "evt1_over_temp", {0x0000, 0x0080}).value == model::Value(true));
  CHECK(decoded(points, "evt1_over_temp", {0x0080, 0xFF7F}).value == model::Value(false));
  // Not implemented is all ones: that is no alarm.
  CHECK(decoded(points, "evt1_over_temp", {0xFFFF, 0xFFFF}).quality == Quality::bad_configuration_error);
  options.bits = false;
  for (const auto& point : accepted(import_file(ImportFormat::sunspec, options))) CHECK(point.bit < 0);
}

TEST_CASE("sizes decide the addresses of what follows, padding too") {
  const auto points = accepted(sunspec(R"({"id": 64001, "group": {"name": "g", "type": "group", "points": [
    {"name": "ID", "type": "uint16", "size": 1}, {"name": "L", "type": "uint16", "size": 1},
    {"name": "Pad", "type": "pad", "size": 1}, {"name": "Big", "type": "uint64", "size": 4, "sf": -3},
    {"name": "Last", "type": "int16", "size": 1, "units": "C"}]}})"));
  CHECK(point_of(points, "big").address == 40073);
  CHECK(number_of(points, "big", {0, 0, 0, 2500}) == Approx(2.5));
  CHECK_FALSE(is_good(decoded(points, "big", {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}).quality));
  CHECK(point_of(points, "last").address == 40077);
}

TEST_CASE("a size that does not fit its type ends in a finding") {
  const auto imported = sunspec(R"({"id": 5, "group": {"name": "g", "points": [
    {"name": "a", "type": "uint32", "size": 1}, {"name": "b", "type": "ipaddr", "size": 2},
    {"name": "c", "type": "uint16", "size": 0}, {"name": "d", "type": "uint16", "size": 1}]}})");
  CHECK(imported.empty());
  CHECK(tells(imported, "size 1 of type uint32"));
  CHECK(tells(imported, "type ipaddr"));
  CHECK(tells(imported, "point 'c' and all behind it"));
}

TEST_CASE("groups inside groups are spelt out, to a depth and a number") {
  std::string inner = R"({"name": "leaf", "points": [{"name": "v", "type": "uint16", "size": 1}]})";
  for (int i = 0; i < 40; ++i) inner = R"({"name": "g", "count": 900, "points": [], "groups": [)" + inner + "]}";
  const auto deep = sunspec(R"({"id": 5, "group": {"name": "top", "groups": [)" + inner + "]}}");
  CHECK(deep.profile.points.size() <= kMaxImportPoints);
  const auto points = accepted(sunspec(R"({"id": 5, "group": {"name": "top", "groups": [
    {"name": "Crv", "count": 2, "points": [{"name": "n", "type": "uint16", "size": 1}], "groups": [
      {"name": "Pt", "count": 3, "points": [{"name": "v", "type": "uint16", "size": 1}]}]}]}})"));
  CHECK(point_of(points, "crv-2.pt_3_v").address == 40070 + 4 + 3);
}

}  // namespace
}  // namespace wayside::config::test
