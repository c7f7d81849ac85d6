#include "daemon/describe.hpp"

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

TEST_CASE("a value is told with all of its digits, and no more than it has") {
  using daemon::exact;
  CHECK(exact(12345678.0) == "12345678");
  CHECK(exact(4294967295.0) == "4294967295");
  CHECK(exact(1234567.125) == "1234567.125");
  CHECK(exact(static_cast<double>(230.1F)) == "230.1");
  CHECK(exact(static_cast<double>(1234567.5F)) == "1234567.5");
  CHECK(exact(230.1) == "230.1");
  CHECK(exact(0.001) == "0.001");
  CHECK(exact(1.0 / 3) == "0.3333333333333333");
  CHECK(exact(-0.0) == "0");
  CHECK(exact(1e300) == "1e+300");
  CHECK(exact(std::int64_t{9007199254740993}) == "9007199254740993");
  CHECK(exact(true) == "true");
  CHECK(exact(model::Value{}) == "-");
}

TEST_CASE("a line for people has the unit behind the number, and none where UCUM says 1; the JSON keeps it") {
  model::PointTable points;
  for (const auto* unit : {"1", "kW.h"}) {
    model::PointInfo info;
    info.device = model::DeviceId{"meter-1"};
    info.name = std::string("p_") + (*unit == '1' ? "factor" : "energy");
    info.unit = unit;
    points.add(std::move(info));
  }
  model::Telemetry telemetry;
  telemetry.readings.push_back({model::PointHandle{0}, static_cast<double>(0.95F), model::Quality::good, {}});
  telemetry.readings.push_back({model::PointHandle{1}, 12345678.5, model::Quality::good, {}});
  const auto told = daemon::describe({base::BootTime{}, model::DataClass::internal, telemetry}, points, {});
  CHECK(told.line == "+0.000s meter-1 p_factor=0.95 p_energy=12345678.5 kW.h");
  CHECK(told.json.find("\"unit\":\"1\"") != std::string::npos);
}
