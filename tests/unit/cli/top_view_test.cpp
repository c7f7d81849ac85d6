#include "cli/top_view.hpp"

#include "cli/text_width.hpp"
#include "support/catch.hpp"

using namespace wayside;
using namespace wayside::cli;

namespace {

TopData two_devices() {
  TopData data;
  data.status.set_gateway("gw-1");
  for (const char* id : {"lamp-1", "meter-1"}) {
    auto& device = *data.devices.add_devices();
    device.set_id(id);
    device.set_communicating(std::string(id) == "lamp-1");
    device.set_points(2);
    device.set_points_good(2);
  }
  auto& bus = *data.buses.add_buses();
  bus.set_id("rs485-1");
  bus.set_devices(2);
  bus.set_devices_communicating(1);
  auto& use = *data.checkup.add_buses();
  use.set_bus("rs485-1");
  use.set_used_us(3'000'000);
  return data;
}

std::string text_of(const Spans& spans) {
  std::string out;
  for (const auto& span : spans) out += span.text;
  return out;
}

}  // namespace

TEST_CASE("a page of 80 by 24 has a line a row, none of them wider than a terminal can cut") {
  auto data = two_devices();
  TopState state;
  const auto made = page(data, state, 24, 80, Ink::ascii);
  REQUIRE(made.lines.size() == 24);
  CHECK(text_of(made.lines[0]).find("gw-1") != std::string::npos);
  CHECK(width_of(text_of(made.lines.back())) <= 80);
  CHECK(text_of(made.lines.back()).find("F10") != std::string::npos);
}

TEST_CASE("devices in trouble stand first, and can be all that is shown") {
  const auto data = two_devices();
  TopState state;
  CHECK(listed(data, state).front()->id() == "meter-1");
  state.sort = Sort::configured;
  CHECK(listed(data, state).front()->id() == "lamp-1");
  state.only_bad = true;
  REQUIRE(listed(data, state).size() == 1);
  CHECK(listed(data, state).front()->id() == "meter-1");
}

TEST_CASE("the use of a bus is that of late: what it was busy since the look before") {
  auto data = two_devices();
  control::v1::CheckupResponse before;
  auto& use = *before.add_buses();
  use.set_bus("rs485-1");
  use.set_used_us(2'000'000);
  remember(data, before, 2);
  CHECK(data.use["rs485-1"] == 50);
}

TEST_CASE("a value that is not usable leaves a gap in the history") {
  auto data = two_devices();
  control::v1::Point point;
  point.set_number(5);
  data.values["lamp-1"] = point;
  remember(data, {}, 0);
  data.values["lamp-1"].set_quality_code(0x80310000);
  remember(data, {}, 0);
  REQUIRE(data.history["lamp-1"].size() == 2);
  CHECK(data.history["lamp-1"][0] == 5.0);
  CHECK_FALSE(data.history["lamp-1"][1].has_value());
}

TEST_CASE("what is selected is always seen") {
  TopData data;
  for (int i = 0; i < 100; ++i) data.devices.add_devices()->set_id("d" + std::to_string(i));
  TopState state;
  state.selected = 1000;
  const auto made = page(data, state, 24, 80, Ink::ascii);
  CHECK(state.selected == 99);
  CHECK(state.first + made.device_rows == 100);
  state.selected = 0;
  (void)page(data, state, 24, 80, Ink::ascii);
  CHECK(state.first == 0);
}

TEST_CASE("screens too small for anything are no trouble") {
  auto data = two_devices();
  TopState state;
  for (const std::size_t rows : {0U, 1U, 2U, 5U, 8U})
    CHECK(page(data, state, rows, 10, Ink::ascii).lines.size() == rows);
}

TEST_CASE("a measured number is drawn rather than a truth") {
  control::v1::PointsResponse points;
  auto& truth = *points.add_points();
  truth.set_device("a");
  truth.set_point("on");
  truth.set_value("true");
  truth.set_number(1);
  CHECK(drawn_point(points, "a")->point() == "on");
  auto& level = *points.add_points();
  level.set_device("a");
  level.set_point("level");
  level.set_value("5");
  level.set_number(5);
  CHECK(drawn_point(points, "a")->point() == "level");
  CHECK(drawn_point(points, "b") == nullptr);
}
