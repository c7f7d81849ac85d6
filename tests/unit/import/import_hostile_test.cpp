#include <array>

#include "base/random.hpp"
#include "config/import/names.hpp"
#include "config/import/text_check.hpp"
#include "import_support.hpp"

namespace wayside::config::test {
namespace {

constexpr std::array kAll{ImportFormat::edgex, ImportFormat::telegraf, ImportFormat::sunspec, ImportFormat::csv};

ImportOptions generous() {
  auto options = options_for("x");
  options.model_offset = 70;
  options.address_base = 0;
  options.kind = device::RegisterKind::holding;
  options.bits = true;
  return options;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

// Nothing is carried over, and there is a reason.
void refuses(const std::string& text) {
  for (const auto format : kAll) {
    const auto imported = import_text(format, text, generous());
    CHECK(imported.empty());
    REQUIRE_FALSE(imported.findings.empty());
    CHECK_FALSE(imported.findings.front().reason.empty());
  }
}

TEST_CASE("what is no device map is refused by every importer with a reason") {
  refuses("");
  refuses("\n\n");
  refuses("just words\n");
  refuses(std::string("name: a\0b", 9));
  refuses("\xFF\xFEn\0a\0");
  refuses("name,address\n\xE4,1\n");
  refuses("name,address\n\xED\xA0\x80,1\n");  // half of a pair of UTF-16
  refuses(std::string(kMaxImportSize + 1, ' '));
  refuses("- [1, 2]\n- 3\n");
  refuses("---\na: 1\n---\nb: 2\n");
}

TEST_CASE("a text that is no UTF-8 is told with its line") {
  CHECK(fault_of_text("a\nb\n\xE4\n")->line == 3);
  CHECK(fault_of_text("a\nb\n\xE4\n")->what.find("iconv") != std::string::npos);
  CHECK_FALSE(fault_of_text("°C Ω 温度 \U0001F4A7"));
  for (const std::string bad : {"\xC0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\x80"})
    CHECK(fault_of_text(bad));
}

TEST_CASE("deep nesting is refused and does not end the program") {
  refuses(repeated("[", 100'000));
  refuses(repeated("{\"a\":", 100'000));
  refuses("a = " + repeated("[", 100'000) + "\n");
  refuses(repeated("a.", 500'000) + "b = 1\n");
  refuses("[" + repeated("a.", 500'000) + "b]\n");
  refuses("x = {" + repeated("\"a\" . ", 200'000) + "b = 1}\n");
  refuses("x = {" + repeated("1.", 200'000) + "1 = 1}\n");
  refuses(repeated("- ", 200'000) + "a\n");
}

TEST_CASE("an anchor that multiplies is bounded") {
  std::string text = "l0: &l0 {name: g, points: [{name: v, type: uint16, size: 1}]}\n";
  for (int i = 1; i < 8; ++i) {
    const auto inner = "*l" + std::to_string(i - 1) + ", ";
    text +=
        "l" + std::to_string(i) + ": &l" + std::to_string(i) + " {name: g, groups: [" + repeated(inner, 50) + "]}\n";
  }
  text += "id: 5\ngroup: *l7\n";
  const auto imported = import_text(ImportFormat::sunspec, text, generous());
  CHECK(imported.profile.points.size() <= kMaxImportPoints);
}

TEST_CASE("more points than a profile may have are cut with a finding") {
  std::string text = "name,address,type\n";
  for (int i = 0; i < 6000; ++i) text += "p,0x" + std::to_string(i) + ",u16\n";
  const auto imported = import_text(ImportFormat::csv, text, generous());
  CHECK(imported.profile.points.size() == kMaxImportPoints);
  CHECK(imported.findings.size() <= kMaxImportFindings + 5);
  CHECK(imported.more_findings > 0);
}

TEST_CASE("numbers out of every range are findings") {
  const auto options = generous();
  for (const std::string number : {"65536", "-1", "99999999999999999999999", "1e400", "nan", "0x1FFFF", "1.5", "''"}) {
    INFO(number);
    const auto edgex = "deviceResources:\n  - {name: a, attributes: {primaryTable: COILS, startingAddress: " + number +
                       "}, properties: {valueType: Bool}}\n";
    if (number != "1.5") CHECK(import_text(ImportFormat::edgex, edgex, options).empty());
    const auto model =
        "{\"id\": 5, \"group\": {\"points\": [{\"name\": \"a\", \"type\": \"uint16\", \"size\": " + number + "}]}}";
    CHECK(import_text(ImportFormat::sunspec, model, options).empty());
  }
  auto high = options;
  high.base = 65535;
  high.model_offset = 65535;
  const auto past = import_text(ImportFormat::sunspec, data_file("sunspec/model_213.json"), high);
  CHECK(past.empty());
}

TEST_CASE("words of the source cannot break out of the YAML that is written") {
  const std::string evil = "a\\\"\\n}\\nfamily: x # \\u0007 ${} {{ }} \\t";
  const auto text =
      "name: \"" + evil + "\"\nmanufacturer: \"" + evil + "\"\ndeviceResources:\n  - name: \"" + evil +
      "\"\n    description: \"" + evil +
      "\"\n    attributes: {primaryTable: COILS, startingAddress: 0}\n    properties: {valueType: Bool, units: \"" +
      evil + "\"}\n";
  auto options = generous();
  options.file = "we\"ird\n}.yml";
  const auto imported = import_text(ImportFormat::edgex, text, options);
  CHECK(accepted(imported).size() == 1);
}

// Every prefix and many damaged copies of real files: a profile that the reader accepts, or findings.
TEST_CASE("damaged files never break an import, and what is written is always accepted") {
  base::SeededRandom random(7);
  const std::array files{std::pair{ImportFormat::edgex, "edgex/modbus.test.device.profile.yml"},
                         std::pair{ImportFormat::telegraf, "telegraf/sample_request.conf"},
                         std::pair{ImportFormat::telegraf, "telegraf/sample_register.conf"},
                         std::pair{ImportFormat::sunspec, "sunspec/model_714.json"},
                         std::pair{ImportFormat::csv, "csv/meter.csv"}};
  for (const auto& [format, file] : files) {
    const auto whole = data_file(file);
    for (int round = 0; round < 150; ++round) {
      auto text = whole.substr(0, round % 3 == 0 ? random.below(whole.size()) : whole.size());
      for (int i = 0; i < round % 7 && !text.empty(); ++i)
        text[random.below(text.size())] = static_cast<char>(random.below(128));
      const auto imported = import_text(format, text, generous());
      if (!imported.empty()) accepted(imported);
    }
  }
}

TEST_CASE("names become ours") {
  CHECK(metric_name_of("RoomTemperature") == "room_temperature");
  CHECK(metric_name_of("PhVphA") == "ph_vph_a");
  CHECK(metric_name_of("total_kWh") == "total_kwh");
  CHECK(metric_name_of("Pression d'entrée (bar)") == "pression_d_entree_bar");
  CHECK(metric_name_of("T° Außen") == "t_deg_aussen");
  CHECK(metric_name_of("4x0102:INT") == "p_4x0102_int");
  CHECK(metric_name_of("温度").empty());
  CHECK(metric_name_of(std::string(500, 'a')).size() == 64);
  CHECK(profile_id_of("Test-Device-Modbus-String-Profile") == "test-device-modbus-string-profil");
  CHECK(unit_of("degrees Celsius").name == "Cel");
  CHECK_FALSE(unit_of("S").known);
  CHECK(one_line("a\r\n\t b\x01 c") == "a b c");
  CHECK(one_line("温度温度", 7) == "温度");
}

}  // namespace
}  // namespace wayside::config::test
