#include "daemon/frame_find.hpp"

#include "support/catch.hpp"

using namespace wayside;
using daemon::newest_exchange;

namespace {

ports::CapturedFrame frame(bool sent, base::Bytes bytes, std::string note = {}) {
  return {base::BootTime{}, sent, std::move(bytes), std::move(note)};
}

// Two devices on a serial line: unit 1 reads input registers 52 and 53, then unit 2 holding 0, then unit 1 input 100.
const std::vector<ports::CapturedFrame> kLine{
    frame(true, {1, 4, 0, 52, 0, 2, 0, 0}),  frame(false, {1, 4, 4, 1, 2, 3, 4, 0, 0}),
    frame(true, {2, 3, 0, 0, 0, 1, 0, 0}),   frame(false, {2, 3, 2, 0, 7, 0, 0}),
    frame(true, {1, 4, 0, 100, 0, 1, 0, 0}), frame(false, {9, 9}, "noise"),
};

}  // namespace

TEST_CASE("the newest exchange of a device is its last request and what was heard after it") {
  const auto found = newest_exchange(kLine, bus::CaptureKind::modbus_rtu, {1, false, {}, {}});
  REQUIRE(found.size() == 2);
  CHECK(found[0].bytes[3] == 100);
  CHECK(found[1].note == "noise");
}

TEST_CASE("the exchange that reads a point's registers goes before a newer one") {
  const device::RegisterBlock point{device::RegisterKind::input, 53, 1};
  const auto found = newest_exchange(kLine, bus::CaptureKind::modbus_rtu, {1, false, point, {}});
  REQUIRE(found.size() == 2);
  CHECK(found[0].bytes[3] == 52);
  CHECK_FALSE(found[1].sent);
}

TEST_CASE("an exchange that is older than what is asked about is not the one that is meant") {
  auto line = kLine;
  for (std::size_t i = 0; i < line.size(); ++i) line[i].at = base::from_us(static_cast<std::int64_t>(i) * 1000);
  const device::RegisterBlock point{device::RegisterKind::input, 53, 1};
  CHECK(newest_exchange(line, bus::CaptureKind::modbus_rtu, {1, false, point, base::from_us(1)}).front().bytes[3] ==
        100);
  CHECK(newest_exchange(line, bus::CaptureKind::modbus_rtu, {1, false, point, base::from_us(0)}).front().bytes[3] ==
        52);
}

TEST_CASE("registers of another kind are not the point's, and the newest stands in") {
  const device::RegisterBlock point{device::RegisterKind::holding, 52, 2};
  CHECK(newest_exchange(kLine, bus::CaptureKind::modbus_rtu, {1, false, point, {}}).front().bytes[3] == 100);
}

TEST_CASE("a device that was never asked has no exchange") {
  CHECK(newest_exchange(kLine, bus::CaptureKind::modbus_rtu, {7, false, {}, {}}).empty());
}

TEST_CASE("over TCP the unit stands behind the transaction's head") {
  const std::vector<ports::CapturedFrame> frames{frame(true, {0, 1, 0, 0, 0, 6, 5, 3, 0, 16, 0, 4}),
                                                 frame(false, {0, 1, 0, 0, 0, 3, 5, 0x83, 2})};
  const device::RegisterBlock point{device::RegisterKind::holding, 17, 2};
  CHECK(newest_exchange(frames, bus::CaptureKind::modbus_tcp, {5, false, point, {}}).size() == 2);
  CHECK(newest_exchange(frames, bus::CaptureKind::modbus_tcp, {1, false, point, {}}).empty());
}

TEST_CASE("of another protocol only a device that is alone on its bus has frames of its own") {
  CHECK(newest_exchange(kLine, bus::CaptureKind::other, {1, false, {}, {}}).empty());
  CHECK(newest_exchange(kLine, bus::CaptureKind::other, {1, true, {}, {}}).size() == 2);
}

TEST_CASE("frames that are cut short are no requests") {
  const std::vector<ports::CapturedFrame> frames{frame(true, {}), frame(true, {1}), frame(true, {1, 4, 0})};
  const device::RegisterBlock point{device::RegisterKind::input, 0, 1};
  CHECK(newest_exchange(frames, bus::CaptureKind::modbus_rtu, {1, false, point, {}}).size() == 1);
}
