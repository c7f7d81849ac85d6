#include "sparkplug/payload.hpp"

#include <limits>

#include "sparkplug/b/v1/payload.pb.h"
#include "sparkplug/topics.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;             // NOLINT(google-build-using-namespace)
using namespace wayside::sparkplug;  // NOLINT(google-build-using-namespace)
namespace wire = ::sparkplug::b::v1;

wire::Metric written(const model::Value& value, DataType type, model::Quality quality = model::Quality::good) {
  Metric metric;
  metric.name = "m";
  metric.type = type;
  metric.value = value;
  metric.quality = quality;
  const auto bytes = encode({1, 2, {metric}});
  wire::Payload payload;
  REQUIRE(payload.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  REQUIRE(payload.metrics_size() == 1);
  return payload.metrics(0);
}

}  // namespace

TEST_CASE("field numbers are those of the specification") {
  Metric metric;
  metric.name = "a";
  metric.alias = 3;
  metric.type = DataType::float64;
  metric.value = 1.0;
  metric.timestamp_ms = 5;
  const auto bytes = encode({7, 9, {metric}});
  // timestamp 7; metrics {name a, alias 3, timestamp 5, datatype 10, double 1.0}; seq 9
  CHECK(bytes == base::Bytes{0x08, 7,    0x12, 0x12, 0x0A, 1,    'a', 0x10, 3,    0x18, 5,    0x20,
                             10,   0x69, 0x00, 0x00, 0x00, 0x00, 0,   0,    0xF0, 0x3F, 0x18, 9});
}

TEST_CASE("a value is written as its metric's type, or is null") {
  CHECK(written(true, DataType::boolean).boolean_value());
  CHECK(written(1.0, DataType::boolean).boolean_value());
  CHECK(written(std::int64_t{-5}, DataType::int64).long_value() == static_cast<std::uint64_t>(-5));
  CHECK(written(2.5, DataType::int64).long_value() == 3);
  CHECK(written(std::int64_t{4}, DataType::float64).double_value() == 4.0);
  CHECK(written(std::string("x"), DataType::text).string_value() == "x");
  CHECK(written(model::Value{}, DataType::float64).is_null());
  CHECK(written(std::string("x"), DataType::float64).is_null());
  CHECK(written(std::numeric_limits<double>::quiet_NaN(), DataType::float64).is_null());
  CHECK(written(1e300, DataType::int64).is_null());
  CHECK(written(std::int64_t{-1}, DataType::uint64).is_null());
  CHECK(written(-1.0, DataType::uint64).is_null());
}

TEST_CASE("payloads-propertyset-quality-value-type, -value-value: only what is not good says so") {
  CHECK_FALSE(written(1.0, DataType::float64).has_properties());
  const auto bad = written(1.0, DataType::float64, model::Quality::bad_no_communication);
  REQUIRE(bad.properties().keys_size() == 1);
  CHECK(bad.properties().keys(0) == "Quality");
  CHECK(bad.properties().values(0).type() == 3);
  CHECK(bad.properties().values(0).int_value() == 0);
  CHECK(bad.double_value() == 1.0);
  CHECK(sparkplug_quality(model::Quality::uncertain_last_usable) == 500);
  CHECK(sparkplug_quality(model::Quality::good) == 192);
}

TEST_CASE("commands of every type are read, and garbage is none") {
  wire::Payload payload;
  auto& narrow = *payload.add_metrics();
  narrow.set_name("a");
  narrow.set_datatype(3);
  narrow.set_int_value(static_cast<std::uint32_t>(-7));
  auto& wide = *payload.add_metrics();
  wide.set_alias(5);
  wide.set_long_value(9);
  payload.add_metrics()->set_string_value("s");
  payload.add_metrics()->set_is_null(true);
  payload.add_metrics()->set_float_value(0.5F);
  payload.add_metrics()->set_bytes_value("x");
  const auto text = payload.SerializeAsString();
  const auto asked = decode_command(base::Bytes(text.begin(), text.end()));
  REQUIRE(asked);
  REQUIRE(asked->size() == 6);
  CHECK((*asked)[0].value == model::Value(std::int64_t{-7}));
  CHECK((*asked)[1].alias == 5);
  CHECK((*asked)[2].value == model::Value(std::string("s")));
  CHECK((*asked)[3].value == model::Value{});
  CHECK((*asked)[4].value == model::Value(0.5));
  CHECK((*asked)[5].value == model::Value{});
  CHECK_FALSE(decode_command(base::Bytes{0xFF, 0xFF}));
}

TEST_CASE("topic-structure-namespace-valid-group-id, -edge-node-id, -device-id: no wildcards") {
  CHECK(is_valid_id("gw 1"));
  for (const auto* id : {"", "a/b", "a+", "#"}) CHECK_FALSE(is_valid_id(id));
}

TEST_CASE("a host's state is exactly an object of online and timestamp") {
  CHECK(parse_host_state(R"({"online":true,"timestamp":5})")->timestamp_ms == 5);
  CHECK_FALSE(parse_host_state(R"({"timestamp":5,"online":false})")->online);
  for (const auto* text :
       {"", "{}", "[]", "ONLINE", R"({"online":true})", R"({"timestamp":5})", R"({"online":"true","timestamp":5})",
        R"({"online":true,"timestamp":-5})", R"({"online":true,"timestamp":5)", R"({"online":true,"timestamp":5} x)",
        R"({"online":true,"timestamp":99999999999999999999})", R"({"online":true,"online":true,"timestamp":5})",
        R"({"online":true "timestamp":5})"}) {
    INFO(text);
    CHECK_FALSE(parse_host_state(text));
  }
}
