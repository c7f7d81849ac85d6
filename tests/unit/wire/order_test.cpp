#include "wire/order.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "wayside/v1/downlink.pb.h"

using namespace wayside;  // NOLINT(google-build-using-namespace)

namespace {

base::Bytes bytes_of(const google::protobuf::MessageLite& message) {
  const auto text = message.SerializeAsString();
  return {text.begin(), text.end()};
}

v1::Order good() {
  v1::Order out;
  out.set_gateway("gw-1");
  out.set_id("o-1");
  out.set_by("王工");
  out.set_issued_wall_us(1'700'000'000'000'000);
  out.set_expires_wall_us(1'700'000'030'000'000);
  out.mutable_write()->set_device("lamp-1");
  out.mutable_write()->set_point("level");
  out.mutable_write()->set_number(55.5);
  return out;
}

std::string problem(const v1::Order& order) {
  const auto read = wire::read_order(bytes_of(order));
  return read ? "" : read.error().what;
}

}  // namespace

TEST_CASE("an order is read whole") {
  const auto read = wire::read_order(bytes_of(good()));
  REQUIRE(read.has_value());
  CHECK(read->gateway == "gw-1");
  CHECK(read->by == "王工");
  CHECK(*read->expires - *read->issued == std::chrono::seconds{30});
  const auto& write = std::get<model::WriteOrder>(read->body);
  CHECK(write.device.value == "lamp-1");
  CHECK(write.value == model::Value{55.5});
  CHECK(model::kind_of(*read) == model::OrderKind::write);
}

TEST_CASE("an alarm order's verbs are those of the desk") {
  auto order = good();
  auto& alarm = *order.mutable_alarm();
  alarm.set_alarm("g/r d");
  alarm.set_reason("cleaning");
  alarm.set_span_us(60'000'000);
  for (int verb = 1; verb <= 6; ++verb) {
    alarm.set_verb(static_cast<v1::AlarmOrderVerb>(verb));
    const auto read = wire::read_order(bytes_of(order));
    REQUIRE(read.has_value());
    CHECK(static_cast<int>(std::get<model::AlarmOrder>(read->body).verb) == verb - 1);
  }
  alarm.set_verb(static_cast<v1::AlarmOrderVerb>(7));
  CHECK(problem(order) == "'alarm.verb' is 7: 1 to 6");
}

TEST_CASE("fields that do not fit are named") {
  const auto with = [](auto change) {
    auto order = good();
    change(order);
    return problem(order);
  };
  CHECK(with([](auto& o) { o.set_id(std::string(65, 'x')); }) == "'id' has more than 64 bytes");
  CHECK(with([](auto& o) { o.set_id("a b"); }) == "'id' has characters that are not printable");
  CHECK(with([](auto& o) { o.set_by("a\nb"); }) == "'by' has control characters");
  CHECK(with([](auto& o) { o.clear_gateway(); }) == "'gateway' is missing");
  CHECK(with([](auto& o) { o.set_expires_wall_us(-1); }) == "'expires_wall_us' is -1: from 0 to 253402300800000000");
  CHECK(with([](auto& o) { o.mutable_write()->clear_device(); }) == "'write.device' is missing");
  CHECK(with([](auto& o) { o.mutable_write()->set_number(std::nan("")); }) == "'write.number' is no finite number");
  CHECK(with([](auto& o) { o.mutable_write()->set_text(""); }) == "'write.text' is missing");
  CHECK(with([](auto& o) {
          o.mutable_history()->set_device("a");
          o.mutable_history()->set_from_wall_us(5);
          o.mutable_history()->set_until_wall_us(5);
        }) == "'history.until_wall_us' is not after 'from_wall_us'");
  // A query needs no id.
  CHECK(with([](auto& o) {
          o.clear_id();
          o.mutable_alarms();
        }).empty());
}

TEST_CASE("a kind of order that is not known is told from one that is broken") {
  auto order = good();
  order.clear_write();
  CHECK(wire::read_order(bytes_of(order)).error().code == base::Errc::not_found);
  CHECK(wire::order_id(bytes_of(order)) == "o-1");
  CHECK(wire::read_order(base::Bytes{0x0a}).error().code == base::Errc::corrupt);
  CHECK(wire::order_id(base::Bytes{0x0a}).empty());
}
