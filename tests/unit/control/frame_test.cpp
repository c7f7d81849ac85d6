#include "control/frame.hpp"

#include "support/catch.hpp"
#include "wayside/control/v1/control.pb.h"

using namespace wayside;  // NOLINT(google-build-using-namespace)

TEST_CASE("messages come out of a stream one by one, however it is cut") {
  control::v1::Request request;
  request.mutable_tail()->set_device(std::string(300, 'x'));
  const auto stream = control::to_frame(request) + control::to_frame(request);
  std::string buffer;
  int taken = 0;
  for (const char c : stream) {
    buffer += c;
    control::v1::Request got;
    const auto one = control::take_message(buffer, got);
    REQUIRE(one.has_value());
    if (!*one) continue;
    ++taken;
    CHECK(got.tail().device().size() == 300);
  }
  CHECK(taken == 2);
  CHECK(buffer.empty());
}

TEST_CASE("what is no frame is an error, not a wait") {
  control::v1::Request got;
  std::string endless(12, '\xFF');
  CHECK(control::take_message(endless, got).has_error());
  std::string huge = "\xFF\xFF\xFF\xFF\x0F";
  CHECK(control::take_message(huge, got).has_error());
  std::string garbage = std::string("\x04", 1) + "\xFF\xFF\xFF\xFF";
  CHECK(control::take_message(garbage, got).has_error());
}
