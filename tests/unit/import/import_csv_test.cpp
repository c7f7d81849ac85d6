#include "config/import/csv_columns.hpp"
#include "config/import/csv_reader.hpp"
#include "config/import/csv_words.hpp"
#include "import_support.hpp"

namespace wayside::config::test {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::RegisterKind;

Imported csv(const std::string& text, ImportOptions options = options_for("x.csv")) {
  return import_text(ImportFormat::csv, text, options);
}

TEST_CASE("a maker's list in 30001 style with semicolons and decimal commas") {
  const auto imported = import_file(ImportFormat::csv, options_for("csv/leak-locator.csv"));
  const auto points = accepted(imported);
  CHECK(point_of(points, "status").kind == RegisterKind::input);
  CHECK(point_of(points, "status").address == 0);
  CHECK(number_of(points, "leak_distance", {1234}) == Approx(123.4));
  CHECK(point_of(points, "leak_distance_exact").address == 8000);
  CHECK(number_of(points, "leak_distance_exact", {0x42F6, 0xE666}) == Approx(123.45));
  CHECK(point_of(points, "alarm_delay").kind == RegisterKind::holding);
  CHECK(point_of(points, "alarm_delay").address == 15);
  CHECK(point_of(points, "leak_current").unit == "uA");
  CHECK(tells(imported, "40001 is holding address 0"));
  CHECK(tells(imported, "10: point 'Reset': not carried over: it can only be written"));
}

TEST_CASE("a row with a type and no address is told, a heading between the points is not") {
  const auto imported = csv("name;address;type\nVoltage;40001;u16\nCurrents\nX;;u16\n");
  CHECK(tells(imported, "4: point 'X': not carried over: it has a type and no address"));
  CHECK_FALSE(tells(imported, "Currents"));
}

TEST_CASE("a spreadsheet's CSV with mark, CR LF, quotes over two lines and hexadecimal addresses") {
  const auto imported = import_file(ImportFormat::csv, options_for("csv/meter.csv"));
  const auto points = accepted(imported);
  CHECK(point_of(points, "voltage_l1").meaning == "Line to neutral, phase 1.");
  CHECK(number_of(points, "temperature", {0xFFF6}) == Approx(-1));
  CHECK_FALSE(is_good(decoded(points, "temperature", {0x8000}).quality));
  CHECK(point_of(points, "temperature").unit == "Cel");
  CHECK(number_of(points, "energy", {5000, 0, 0, 0}) == Approx(5));
  CHECK(point_of(points, "holding_64").meaning == "温度.");
  CHECK(tells(imported, "8: point 'Odd': not carried over: order 'little endian'"));
  CHECK(tells(imported, "scale 'x10'"));
  CHECK(tells(imported, "has 1 registers and the list says 2"));
}

TEST_CASE("whether a list counts from 0 or 1 is asked for unless it shows") {
  const std::string list = "name,address,kind,type\na,10,holding,u16\n";
  CHECK(csv(list).empty());
  CHECK(tells(csv(list), "give --address-base 0"));
  auto options = options_for("x.csv");
  options.address_base = 1;
  CHECK(accepted(csv(list, options)).at(0).address == 9);
  CHECK(accepted(csv(list + "b,0,holding,u16\n")).at(0).address == 10);
}

TEST_CASE("40001 may be an address itself") {
  const std::string list = "name,address,kind,type\na,40072,holding,u16\n";
  CHECK(accepted(csv(list)).at(0).address == 71);
  auto options = options_for("x.csv");
  options.plain_addresses = true;
  CHECK(accepted(csv(list, options)).at(0).address == 40072);
  // One that is no such number, and they are all addresses.
  CHECK(tells(csv(list + "b,7,holding,u16\n"), "none is 0"));
  CHECK(tells(csv("name,address,type\na,40000,u16\n"), "--address-base 0 if 40000"));
}

TEST_CASE("a column called register is what stands in it") {
  auto options = options_for("x.csv");
  options.address_base = 0;
  CHECK(accepted(csv("name,register,address,type\na,input,10,u16\n", options)).at(0).kind == RegisterKind::input);
  options.kind = RegisterKind::holding;
  CHECK(accepted(csv("name,register,address,type\na,11,10,u16\n", options)).at(0).address == 10);
  CHECK(accepted(csv("name\tregister\ttype\na\t11\tu16\n", options)).at(0).address == 11);
}

TEST_CASE("a list without a kind of register needs one") {
  auto options = options_for("x.csv");
  options.address_base = 0;
  CHECK(tells(csv("name,address,type\na,10,u16\n", options), "give --register"));
}

TEST_CASE("addresses of lists") {
  CHECK(csv_address("0x1F", false)->value == 31);
  CHECK(csv_address("1Fh", false)->value == 31);
  CHECK(csv_address("100-101", false)->registers == 2);
  CHECK(csv_address("100..103", false)->registers == 4);
  CHECK(csv_address("40001.15", false)->bit == 15);
  CHECK(csv_address("7:3", false)->bit == 3);
  for (const std::string bad :
       {"", "x", "-1", "12-", "9-3", "1.2.3", "99999999", "0x", "0x123456789", "1 2", "12.", "12.123"}) {
    INFO(bad);
    CHECK_FALSE(csv_address(bad, false));
  }
  CHECK(numbered(*csv_address("465536", false))->number == 65536);
  CHECK(numbered(*csv_address("00001", false))->kind == RegisterKind::coil);
  CHECK_FALSE(numbered(*csv_address("20001", false)));
  CHECK_FALSE(numbered(*csv_address("499999", false)));
  CHECK_FALSE(numbered(*csv_address("1", false)));
}

TEST_CASE("types, orders, factors, kinds and values of lists") {
  CHECK(csv_type("UINT 32", 0) == Encoding::u32);
  CHECK(csv_type("int", 2) == Encoding::s32);
  CHECK(csv_type("Float", 4) == Encoding::f64);
  CHECK_FALSE(csv_type("int", 0));
  CHECK_FALSE(csv_type("float", 1));
  CHECK_FALSE(csv_type("time", 2));
  CHECK(csv_order("Big-Endian") == ByteOrder::abcd);
  CHECK(csv_order("LSW first") == ByteOrder::cdab);
  CHECK_FALSE(csv_order("little endian"));
  CHECK(*csv_factor("1/1000") == Approx(0.001));
  CHECK(*csv_factor("10^-2") == Approx(0.01));
  CHECK(*csv_factor("0,5") == Approx(0.5));
  for (const std::string bad : {"", "0", "x10", "1/0", "nan", "inf", "1e999", "10^99", "1,000,000"}) {
    INFO(bad);
    CHECK_FALSE(csv_factor(bad));
  }
  CHECK(csv_kind("03, 06, 16") == RegisterKind::holding);
  CHECK(csv_kind("FC4") == RegisterKind::input);
  CHECK_FALSE(csv_kind("memory"));
  const auto values = csv_values("0=off; 1 = on;0x10: both");
  REQUIRE(values);
  CHECK(values->at(16) == "both");
  CHECK_FALSE(csv_values("off, on"));
}

TEST_CASE("rows of a spreadsheet") {
  const auto text = read_csv("a,\"b \"\"c\"\"\nd\",3/4\"\r\n\r\n,,\nlast", ',');
  REQUIRE(text.rows.size() == 2);
  CHECK(text.rows[0].cells == std::vector<std::string>{"a", "b \"c\"\nd", "3/4\""});
  CHECK(text.rows[1].line == 5);
  CHECK(text.rows[1].cells == std::vector<std::string>{"last"});
  CHECK(read_csv("a,\"b\nc", ',').open_quote == 1);
  CHECK(read_csv(std::string(kMaxCsvCells + 5, ','), ',').cut);
  CHECK(column_of("Reg. Address (dec)") == Column::address);
  CHECK(column_of(" 寄存器地址 ") == Column::address);
  CHECK_FALSE(column_of("colour"));
}

}  // namespace
}  // namespace wayside::config::test
