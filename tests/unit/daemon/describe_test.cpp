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

TEST_CASE("what is sensitive is hidden where that is asked for, and nothing else") {
  model::PointTable points;
  for (const auto data_class : {model::DataClass::sensitive, model::DataClass::internal}) {
    model::PointInfo info;
    info.device = model::DeviceId{"cam-1"};
    info.name = data_class == model::DataClass::sensitive ? "plate" : "count";
    info.unit = "1";
    info.data_class = data_class;
    points.add(std::move(info));
  }
  using daemon::Sensitive;
  const auto tell = [&points](const model::Event& event, Sensitive sensitive) {
    return daemon::describe(event, points, {}, sensitive);
  };
  model::Telemetry telemetry;
  telemetry.readings.push_back({model::PointHandle{0}, 815.0, model::Quality::good, {}});
  telemetry.readings.push_back({model::PointHandle{1}, 7.0, model::Quality::good, {}});
  const model::Event sampled{base::BootTime{}, model::DataClass::sensitive, telemetry};
  CHECK(tell(sampled, Sensitive::shown).line == "+0.000s cam-1 plate=815 count=7");
  CHECK(tell(sampled, Sensitive::hidden).line == "+0.000s cam-1 plate=(hidden) count=7");
  CHECK(tell(sampled, Sensitive::hidden).json.find("815") == std::string::npos);

  model::AlarmTransition alarm;
  alarm.alarm = "plates/Wanted cam-1";
  alarm.summary = "815 was seen";
  alarm.data_class = model::DataClass::sensitive;
  const model::Event raised{base::BootTime{}, model::DataClass::sensitive, alarm};
  for (const auto& told : {tell(raised, Sensitive::hidden).line, tell(raised, Sensitive::hidden).json}) {
    CHECK(told.find("815") == std::string::npos);
    CHECK(told.find("(hidden)") != std::string::npos);
    CHECK(told.find("plates/Wanted cam-1") != std::string::npos);
  }
  CHECK(tell(raised, Sensitive::shown).line.find("815 was seen") != std::string::npos);

  model::CommandResult command;
  command.device = model::DeviceId{"cam-1"};
  command.point = "plate";
  command.asked = 815.0;
  command.reason = "it reads 815";
  const model::Event written{base::BootTime{}, model::DataClass::internal, command};
  CHECK(tell(written, Sensitive::hidden).line.find("815") == std::string::npos);
  CHECK(tell(written, Sensitive::hidden).json.find("815") == std::string::npos);
  CHECK(tell(written, Sensitive::shown).line.find("it reads 815") != std::string::npos);
}
