#include "bus/fault_map.hpp"

#include <modbus/modbus.h>

#include <cerrno>

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using base::Consequence;
using base::Errc;

TEST_CASE("exceptions 01 to 03 skip the point, with the code of the device") {
  int expected = 1;
  for (const int code : {EMBXILFUN, EMBXILADD, EMBXILVAL}) {
    const auto error = bus::to_error(code);
    CHECK(error.code == Errc::exception_reply);
    CHECK(error.consequence == Consequence::skip_point);
    CHECK(error.detail == expected++);
    CHECK_FALSE(bus::line_is_lost(code));
  }
}

TEST_CASE("a busy or failing device is asked again later, with the code of the device") {
  CHECK(bus::to_error(EMBXSFAIL).detail == 4);
  CHECK(bus::to_error(EMBXSBUSY).detail == 6);
  for (const int code : {EMBXSFAIL, EMBXACK, EMBXSBUSY, EMBXMEMPAR, EMBXGPATH}) {
    const auto error = bus::to_error(code);
    CHECK(error.code == Errc::exception_reply);
    CHECK(error.consequence == Consequence::retry_later);
    CHECK_FALSE(bus::line_is_lost(code));
  }
}

TEST_CASE("a gateway whose target does not answer counts as the device's silence") {
  const auto error = bus::to_error(EMBXGTAR);
  CHECK(error.code == Errc::timeout);
  CHECK(error.consequence == Consequence::device_lost);
  CHECK_FALSE(bus::line_is_lost(EMBXGTAR));  // the gateway itself is there
}

TEST_CASE("an answer that breaks the protocol is tried again; a torn stream is opened anew") {
  for (const int code : {EMBBADCRC, EMBBADDATA, EMBBADEXC, EMBUNKEXC, EMBMDATA, EMBBADSLAVE}) {
    CHECK(bus::to_error(code).code == Errc::protocol);
    CHECK(bus::to_error(code).consequence == Consequence::retry_later);
  }
  CHECK(bus::line_is_lost(EMBBADCRC));
  CHECK(bus::line_is_lost(EMBBADDATA));
}

TEST_CASE("what the operating system refuses is the line's, with its number and words") {
  for (const int code : {EIO, EBADF, ENODEV, ECONNRESET, EPIPE, ECONNREFUSED}) {
    const auto error = bus::to_error(code);
    CHECK(error.code == Errc::io);
    CHECK(error.consequence == Consequence::device_lost);
    CHECK(error.detail == code);
    CHECK_FALSE(error.what.empty());
    CHECK(bus::line_is_lost(code));
  }
}
