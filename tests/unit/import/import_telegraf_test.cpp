#include "import_support.hpp"

namespace wayside::config::test {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::RegisterKind;

Imported telegraf(const std::string& text, ImportOptions options = options_for("x.conf")) {
  return import_text(ImportFormat::telegraf, text, options);
}

std::string holding(const std::string& field) {
  return "[[inputs.modbus]]\nholding_registers = [\n  {" + field + "},\n]\n";
}

TEST_CASE("Telegraf's sample of the register style becomes points") {
  const auto imported = import_file(ImportFormat::telegraf, options_for("telegraf/sample_register.conf"));
  const auto points = accepted(imported);
  CHECK(point_of(points, "emergency_stop").kind == RegisterKind::discrete);
  CHECK(point_of(points, "motor1_jog").kind == RegisterKind::coil);
  CHECK(number_of(points, "voltage", {2301}) == Approx(230.1));
  CHECK(number_of(points, "energy", {0x0001, 0x86A0}) == Approx(100.0));
  CHECK(number_of(points, "power", {0xFFFF, 0xFFFF}) == Approx(429496729.5));
  CHECK(number_of(points, "power_factor", {0xFFCE}) == Approx(-0.5));
  CHECK(number_of(points, "tank_level", {0xFFFF}) == -1);
}

TEST_CASE("a header that begins with no key is refused, in a debug build too") {
  CHECK(tells(telegraf("[[$x]]\n"), "not valid TOML"));
  CHECK(tells(telegraf("[\n"), "not valid TOML"));
}

TEST_CASE("a letter beyond ASCII is refused where TOML allows blanks only, and carried over in quotes") {
  for (const std::string bad : {"ź = 1\n", "a = 1 ź\n", "a = \"\\\"\" é", "a = \"\"\"\\é\"\"\"", "a = 4\"žtric\"\n"}) {
    INFO(bad);
    const auto imported = telegraf("# ź\n" + bad);
    CHECK(imported.empty());
    CHECK(tells(imported, "beyond ASCII"));
  }
  for (const std::string good :
       {"\"dé\"", "'dé\\'", "\"\"\"dé\"\"\"", "'''dé'''", "\"\\\"é\"", "\"\"\"x\\\n §\"\"\""}) {
    INFO(good);
    const auto imported =
        telegraf("# é\nb = " + good + "\n" +
                 holding("name = \"é\", byte_order = \"AB\", scale = 1.0, data_type = \"UINT16\", address = [1]"));
    CHECK_FALSE(tells(imported, "beyond ASCII"));
    CHECK_FALSE(imported.empty());
  }
  const std::string section = "[[inputs.modbus]]\nname = \"Zähler ~ 3\"\n";
  CHECK(tells(telegraf(section + section), "Zähler ~ 3"));
}

TEST_CASE("Telegraf's sample of the request style keeps each request's kind and order") {
  const auto imported = import_file(ImportFormat::telegraf, options_for("telegraf/sample_request.conf"));
  const auto points = accepted(imported);
  CHECK(number_of(points, "current", {0x1027, 0x0000}) == Approx(10.0));  // DCBA: 0x00002710
  CHECK(number_of(points, "voltage", {0xFD08}) == Approx(230.1));         // bytes swapped: 0x08FD
  CHECK(point_of(points, "rpm").kind == RegisterKind::input);
  CHECK(number_of(points, "hours", {0x0001, 0x0000}) == 65536);
  CHECK(tells(imported, "omit = true"));
  for (const auto& point : points) CHECK(point.name != "motor1_stop");
}

TEST_CASE("a user's file with one name in several measurements keeps them apart") {
  const auto imported = import_file(ImportFormat::telegraf, options_for("telegraf/duplicate_fields_issue_12091.conf"));
  const auto points = accepted(imported);
  CHECK(points.size() == 20);
  CHECK(number_of(points, "voltage_pv1", {6000}) == Approx(600.0));
  CHECK(number_of(points, "current_pv1", {0xFFFF}) == Approx(-0.01));
  CHECK(point_of(points, "dc").encoding == Encoding::s32);
  CHECK(imported.profile.response_timeout == std::chrono::milliseconds(500));
  CHECK(imported.profile.name == "eap");
}

TEST_CASE("the metric style has the kind of register in each field") {
  const auto points = accepted(import_file(ImportFormat::telegraf, options_for("telegraf/sample_metric.conf")));
  CHECK(point_of(points, "door_open").kind == RegisterKind::coil);
  CHECK(point_of(points, "current").kind == RegisterKind::holding);
}

TEST_CASE("FLOAT32 is a whole number in the register style and a float in the others") {
  const auto old = telegraf(holding(R"(name="a", byte_order="AB", data_type="FLOAT32", scale=0.1, address=[3])"));
  CHECK(accepted(old).at(0).encoding == Encoding::u16);
  const auto request = telegraf(
      "[[inputs.modbus]]\n[[inputs.modbus.request]]\nregister=\"input\"\nfields=[{name=\"a\", address=3, "
      "type=\"FLOAT32\"}]\n");
  CHECK(accepted(request).at(0).encoding == Encoding::f32);
}

TEST_CASE("all byte orders of Telegraf have their name here") {
  const auto order = [](const std::string& word, const std::string& addresses, const std::string& type) {
    return accepted(telegraf(holding("name=\"a\", byte_order=\"" + word + "\", data_type=\"" + type +
                                     "\", scale=1.0, address=[" + addresses + "]")))
        .at(0)
        .order;
  };
  CHECK(order("AB", "1", "UINT16") == ByteOrder::abcd);
  CHECK(order("BA", "1", "UINT16") == ByteOrder::badc);
  CHECK(order("CDAB", "1,2", "INT32") == ByteOrder::cdab);
  CHECK(order("BADC", "1,2", "FLOAT32-IEEE") == ByteOrder::badc);
  CHECK(order("DCBA", "1,2", "UFIXED") == ByteOrder::dcba);
  CHECK(order("GHEFCDAB", "1,2,3,4", "FLOAT64-IEEE") == ByteOrder::cdab);
  CHECK(order("HGFEDCBA", "1,2,3,4", "FIXED") == ByteOrder::dcba);
  CHECK(order("ABCD", "2,1", "INT32") == ByteOrder::cdab);  // falling addresses: the words in that order
}

TEST_CASE("a field that cannot be carried over is told with its reason") {
  const auto why = [](const std::string& field) { return told(telegraf(holding(field))); };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(why(R"(name="a", byte_order="AB", data_type="INT8L", scale=1, address=[3])"), "type INT8L"));
  CHECK(has(why(R"(name="a", byte_order="AB", data_type="FLOAT16-IEEE", scale=1, address=[3])"), "type FLOAT16-IEEE"));
  CHECK(has(why(R"(name="a", byte_order="AB", data_type="INT32", scale=1, address=[3])"),
            "1 addresses for a value of 2"));
  CHECK(has(why(R"(name="a", byte_order="ABCD", data_type="INT32", scale=1, address=[3,5])"), "one after another"));
  CHECK(has(why(R"(name="a", byte_order="ACBD", data_type="INT32", scale=1, address=[3,4])"), "unknown byte_order"));
  CHECK(has(why(R"(name="a", byte_order="AB", data_type="INT16", scale=0, address=[3])"), "scale 0"));
  CHECK(has(why(R"(name="a", byte_order="AB", data_type="INT16", scale=1, address=[70000])"), "0 to 65535"));
  CHECK(has(why(R"(byte_order="AB", data_type="INT16", scale=1, address=[3])"), "it has no name"));
}

TEST_CASE("a file with several devices or sections needs a choice") {
  const std::string two = R"([[inputs.modbus]]
name = "a"
[[inputs.modbus.request]]
slave_id = 1
fields = [{name="x", address=1, type="INT16"}]
[[inputs.modbus.request]]
slave_id = 2
fields = [{name="x", address=2, type="INT16"}]
)";
  CHECK(telegraf(two).empty());
  CHECK(tells(telegraf(two), "choose one with --unit (slave_id 1, 2)"));
  auto options = options_for("x.conf");
  options.unit = 2;
  CHECK(accepted(telegraf(two, options)).at(0).address == 2);
  options.unit = 3;
  CHECK(tells(telegraf(two, options), "no field of slave_id 3"));
  const auto sections = two + "[[inputs.modbus]]\nname = \"b\"\ncoils = [{name=\"y\", address=[9]}]\n";
  CHECK(tells(telegraf(sections), "--section: a, b"));
  options.unit.reset();
  options.section = "b";
  CHECK(accepted(telegraf(sections, options)).at(0).address == 9);
}

TEST_CASE("what is no TOML is told with its line") {
  const auto imported = telegraf("[[inputs.modbus]]\nname = \"a\"\ncoils = [}\n");
  CHECK(imported.empty());
  CHECK(tells(imported, "3: the file: refused: not valid TOML"));
  CHECK(tells(telegraf("[agent]\ninterval = \"1s\"\n"), "no [[inputs.modbus]]"));
}

}  // namespace
}  // namespace wayside::config::test
