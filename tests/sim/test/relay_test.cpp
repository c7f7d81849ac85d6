#include "sim/devices/relay.hpp"

#include "device_helpers.hpp"
#include "sim/wire/slave.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;        // NOLINT(google-build-using-namespace)
using namespace wayside::sim::test;  // NOLINT(google-build-using-namespace)
using wayside::base::Bytes;

namespace {

void ask(Relay& relay, const Bytes& pdu) { static_cast<void>(answer(relay, pdu)); }
unsigned state(const Relay& relay, int n) { return word(relay, 96 + n, Table::discrete_inputs); }

}  // namespace

TEST_CASE("a relay's coils are written by FC 05 and FC 15 and its real states follow") {
  Relay relay(1);
  CHECK(answer(relay, Bytes{0x05, 0, 2, 0xFF, 0}) == Bytes{0x05, 0, 2, 0xFF, 0});
  CHECK(state(relay, 2) == 1);
  CHECK(answer(relay, Bytes{0x05, 0, 2, 0, 0}) == Bytes{0x05, 0, 2, 0, 0});
  CHECK(state(relay, 2) == 0);
  CHECK(answer(relay, Bytes{0x0F, 0, 0, 0, 6, 1, 0b101001}) == Bytes{0x0F, 0, 0, 0, 6});
  CHECK(answer(relay, Bytes{0x02, 0, 96, 0, 6}) == Bytes{0x02, 1, 0b101001});
  CHECK(answer(relay, Bytes{0x01, 0, 0, 0, 6}) == Bytes{0x01, 1, 0b101001});
}

TEST_CASE("what a relay does not have, or does not understand, it refuses") {
  Relay relay(1);
  CHECK(answer(relay, Bytes{0x05, 0, 6, 0xFF, 0}) == Bytes{0x85, 2});
  CHECK(answer(relay, Bytes{0x05, 0, 0, 0x55, 0}) == Bytes{0x85, 3});
  CHECK(answer(relay, Bytes{0x05, 0, 0, 0xFF}) == Bytes{0x85, 3});
  CHECK(answer(relay, Bytes{0x0F, 0, 0, 0, 0, 0}) == Bytes{0x8F, 3});
  CHECK(answer(relay, Bytes{0x0F, 0, 0, 0, 6, 2, 0, 0}) == Bytes{0x8F, 3});
  CHECK(answer(relay, Bytes{0x0F, 0, 0, 0, 6, 1}) == Bytes{0x8F, 3});
  CHECK(answer(relay, Bytes{0x0F, 0, 4, 0, 3, 1, 7}) == Bytes{0x8F, 2});
  CHECK(answer(relay, Bytes{0x06, 0, 8, 0, 0}) == Bytes{0x86, 3});
}

TEST_CASE("a relay that no one asks for the safety timeout opens") {
  Relay relay(1);
  ask(relay, Bytes{0x05, 0, 0, 0xFF, 0});
  for (int i = 0; i < 5; ++i) {
    run(relay, 9, 12);
    ask(relay, Bytes{0x02, 0, 96, 0, 1});
  }
  CHECK(state(relay, 0) == 1);
  run(relay, 10.2, 12);
  CHECK(state(relay, 0) == 0);
  ask(relay, Bytes{0x06, 0, 8, 0, 60});
  ask(relay, Bytes{0x05, 0, 0, 0xFF, 0});
  run(relay, 50, 12);
  CHECK(state(relay, 0) == 1);
}

TEST_CASE("faults of a relay: a stuck contact, one that follows late") {
  Relay relay(1);
  REQUIRE(relay.fault("stuck 1").has_value());
  ask(relay, Bytes{0x05, 0, 0, 0xFF, 0});
  CHECK(state(relay, 0) == 0);
  REQUIRE(relay.fault("clear").has_value());
  CHECK(state(relay, 0) == 1);
  REQUIRE(relay.fault("lag 2").has_value());
  ask(relay, Bytes{0x05, 0, 1, 0xFF, 0});
  run(relay, 1, 12);
  CHECK(state(relay, 1) == 0);
  run(relay, 1.2, 12);
  CHECK(state(relay, 1) == 1);
}
