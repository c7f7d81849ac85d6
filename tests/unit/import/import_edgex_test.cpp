#include "import_support.hpp"

namespace wayside::config::test {
namespace {

using device::RegisterKind;

Imported edgex(const std::string& text, ImportOptions options = options_for("x.yml")) {
  return import_text(ImportFormat::edgex, text, options);
}

// One resource with these attributes and properties.
std::string resource(const std::string& attributes, const std::string& properties, const std::string& name = "Level") {
  return "name: T\ndeviceResources:\n  - name: " + name + "\n    attributes: {" + attributes + "}\n    properties: {" +
         properties + "}\n";
}

TEST_CASE("the profile that device-modbus ships becomes points with the same registers") {
  const auto imported = import_file(ImportFormat::edgex, options_for("edgex/modbus.test.device.profile.yml"));
  const auto points = accepted(imported);
  REQUIRE(points.size() == 7);
  CHECK(imported.profile.name == "test-device-modbus-profile");
  CHECK(imported.profile.title == "Cool Automation CoolMasterNet");
  CHECK(imported.profile.source == "Imported from EdgeX device profile modbus.test.device.profile.yml, SHA-256 00ff");
  CHECK(number_of(points, "room_temperature", {0xFF38}) == Approx(-20.0));
  CHECK(point_of(points, "room_temperature").address == 3);
  CHECK(point_of(points, "room_temperature").kind == RegisterKind::input);
  CHECK(decoded(points, "communication_failure", {0x0400}).value == model::Value(true));
  CHECK(decoded(points, "communication_failure", {0xFBFF}).value == model::Value(false));
  CHECK(decoded(points, "switch_b", {1}).value == model::Value(true));
  CHECK(decoded(points, "operation_mode", {12}).quality == model::Quality::uncertain_range_exceeded);
  CHECK(tells(imported, "counted from 0, as EdgeX does since 2.0"));
  CHECK(tells(imported, "deviceCommands"));
}

TEST_CASE("names of values, texts and writes of EdgeX are carried over") {
  auto options = options_for("edgex/modbus.test.device.profile.yml");
  options.writes = true;
  const auto points = accepted(import_file(ImportFormat::edgex, options));
  CHECK(point_of(points, "operation_mode").values.at(10) == "VAM Heat");
  CHECK(point_of(points, "fan_speed").values.size() == 9);
  CHECK(point_of(points, "switch_a").write->multiple);
  CHECK(point_of(points, "temperature").write);
  CHECK_FALSE(point_of(points, "room_temperature").write);
  const auto texts =
      accepted(import_file(ImportFormat::edgex, options_for("edgex/modbus.test.device.string.profile.yml")));
  CHECK(decoded(texts, "string_b", {0x6869, 0, 0, 0, 0}).value == model::Value(std::string("hi")));
}

TEST_CASE("a profile of EdgeX 1.x counts its registers from 1") {
  const auto imported = import_file(ImportFormat::edgex, options_for("edgex/modbus.test.device.profile-1.x.yml"));
  const auto points = accepted(imported);
  CHECK(point_of(points, "switch_a").address == 0);
  CHECK(point_of(points, "operation_mode").address == 1);
  CHECK(number_of(points, "room_temperature", {0x41AC, 0x0000}) == Approx(21.5));
  CHECK(point_of(points, "room_temperature").unit == "Cel");
  CHECK(tells(imported, "counted from 1, as EdgeX 1.x does"));
  CHECK(tells(imported, "'Operation Mode' is no unit"));
}

TEST_CASE("what the address of a file counts from is asked for where the file shows two ways") {
  const std::string quoted = resource("primaryTable: HOLDING_REGISTERS, startingAddress: \"7\"", "valueType: Int16");
  const auto refused = edgex(quoted);
  CHECK(refused.empty());
  CHECK(tells(refused, "--address-base"));
  auto options = options_for("x.yml");
  options.address_base = 1;
  CHECK(point_of(accepted(edgex(quoted, options)), "level").address == 6);
  const auto zero = resource("primaryTable: HOLDING_REGISTERS, startingAddress: 0", "valueType: Int16");
  CHECK(edgex(zero, options).empty());
}

TEST_CASE("byte and word swaps of 32-bit values become orders") {
  const auto order = [](const std::string& swaps, const std::string& type) {
    const auto imported =
        edgex(resource("primaryTable: INPUT_REGISTERS, startingAddress: 2, " + swaps, "valueType: " + type));
    return accepted(imported).at(0).order;
  };
  CHECK(order("isByteSwap: true", "Int32") == device::ByteOrder::badc);
  CHECK(order("isWordSwap: \"true\"", "Float32") == device::ByteOrder::cdab);
  CHECK(order("isByteSwap: true, isWordSwap: true", "Uint32") == device::ByteOrder::dcba);
  CHECK(order("isWordSwap: true", "Int64") == device::ByteOrder::abcd);  // EdgeX does not swap these
}

TEST_CASE("a bit without quotes is what EdgeX makes of it") {
  const auto bit = [](const std::string& address) {
    return edgex(resource("primaryTable: HOLDING_REGISTERS, startingAddress: " + address, "valueType: Bool") +
                 "  - name: Other\n    attributes: {primaryTable: COILS, startingAddress: 0}\n    properties: "
                 "{valueType: Bool}\n");
  };
  CHECK(point_of(accepted(bit("10.1")), "level").bit == 10);
  CHECK(point_of(accepted(bit("\"10.1\"")), "level").bit == 1);
  CHECK(point_of(accepted(bit("10.05")), "level").bit == 5);
  CHECK(point_of(accepted(bit("10")), "level").bit == 0);
  CHECK(tells(bit("10.5"), "bit 50 of a register of 16"));
}

TEST_CASE("what a profile cannot say is told and not guessed") {
  const auto why = [](const std::string& attributes, const std::string& properties) {
    const auto imported =
        edgex(resource("primaryTable: HOLDING_REGISTERS, startingAddress: 4" + attributes, properties));
    CHECK(imported.empty());
    return told(imported);
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(why("", "valueType: Int8"), "valueType 'Int8'"));
  CHECK(has(why("", "valueType: Int16, base: 2"), "base 2"));
  CHECK(has(why("", "valueType: Int16, scale: 0"), "scale 0"));
  CHECK(has(why("", "valueType: Int16, scale: big"), "no numbers"));
  CHECK(has(why("", "valueType: Uint16, mask: 5"), "has holes"));
  CHECK(has(why("", "valueType: Uint16, shift: 3"), "to the left"));
  CHECK(has(why(", rawType: Int32", "valueType: Float32"), "rawType 'Int32'"));
  CHECK(has(why(", isByteSwap: perhaps", "valueType: Int32"), "true or false"));
  CHECK(has(why("", "valueType: String"), "stringRegisterSize"));
}

TEST_CASE("mask and shift become a field of bits") {
  const auto options = options_for("x.yml");
  const auto text =
      resource("primaryTable: HOLDING_REGISTERS, startingAddress: 4", "valueType: Uint16, mask: 240, shift: -4");
  const auto field = import_map(ImportFormat::edgex, text, options).profile.points.at(0);
  CHECK(field.bit == 4);
  CHECK(field.bit_width == 4);
  CHECK(field.scale == 1);
  const auto unmoved = resource("primaryTable: HOLDING_REGISTERS, startingAddress: 4", "valueType: Uint16, mask: 240");
  CHECK(import_map(ImportFormat::edgex, unmoved, options).profile.points.at(0).scale == 16);
}

TEST_CASE("names that differ only in their writing get numbers") {
  const auto imported = edgex(resource("primaryTable: COILS, startingAddress: 0", "valueType: Bool", "PumpOn") +
                              "  - name: pump on\n    attributes: {primaryTable: COILS, startingAddress: 1}\n    "
                              "properties: {valueType: Bool}\n");
  const auto points = accepted(imported);
  CHECK(point_of(points, "pump_on").address == 0);
  CHECK(point_of(points, "pump_on_2").address == 1);
  CHECK(tells(imported, "'pump_on' is taken"));
}

}  // namespace
}  // namespace wayside::config::test
