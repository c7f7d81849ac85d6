// The checks that look at this machine, at a made-up /sys.
#include <filesystem>
#include <fstream>

#include "cli/checkup.hpp"
#include "support/catch.hpp"

using namespace wayside;
using namespace wayside::cli;
namespace fs = std::filesystem;

namespace {

class Root {
 public:
  Root() : path_(fs::temp_directory_path() / fs::path("wayside-checkup-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Root() { fs::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file) << text << "\n";
  }
  [[nodiscard]] std::string path(const std::string& file = "") const { return (path_ / file).string(); }

 private:
  fs::path path_;
};

control::v1::BusUse bus_at(const std::string& port) {
  control::v1::BusUse bus;
  bus.set_bus("rs485-1");
  bus.set_port(port);
  return bus;
}

}  // namespace

TEST_CASE("an adapter that is not there is a fault with what to do") {
  const Root root;
  const auto found = check_adapter(bus_at(root.path("dev/ttyUSB7")), root.path());
  CHECK(found.verdict == Health::fault);
  CHECK(found.subject == "rs485-1");
  CHECK(found.remedy.find("/dev/serial/by-id") != std::string::npos);
}

TEST_CASE("an adapter that holds answers back is a warning, with the line that mends it") {
  const Root root;
  root.write("dev/ttyUSB0", "");
  fs::create_directories(root.path("dev/serial/by-id"));
  fs::create_symlink("../../ttyUSB0", root.path("dev/serial/by-id/usb-x"));
  root.write("sys/bus/usb-serial/devices/ttyUSB0/latency_timer", "16");
  const auto slow = check_adapter(bus_at(root.path("dev/serial/by-id/usb-x")), root.path());
  CHECK(slow.verdict == Health::warning);
  CHECK(slow.what.find("16 ms") != std::string::npos);
  CHECK(slow.remedy.find("echo 1 > /sys/bus/usb-serial/devices/ttyUSB0/latency_timer") != std::string::npos);
  root.write("sys/bus/usb-serial/devices/ttyUSB0/latency_timer", "1");
  CHECK(check_adapter(bus_at(root.path("dev/serial/by-id/usb-x")), root.path()).verdict == Health::ok);
}

TEST_CASE("an eMMC that has used its life up is told, an SD card that says nothing is skipped") {
  const Root root;
  root.write("sys/block/mmcblk0/device/life_time", "0x02 0x0a");
  root.write("sys/block/mmcblk1/device/type", "SD");
  fs::create_directories(root.path("sys/block/mmcblk0boot0/device"));
  const auto found = check_disk(root.path("store.db"), root.path());
  const auto wear = [&found](const char* disk) {
    return *std::ranges::find_if(found, [disk](const Found& one) { return one.subject == disk; });
  };
  CHECK(found.size() == 3);
  CHECK(wear("mmcblk0").verdict == Health::fault);
  CHECK(wear("mmcblk0").what == "at most 100 % of its life is used");
  CHECK(wear("mmcblk1").verdict == Health::skipped);
}

TEST_CASE("spare blocks that run out are a fault whatever the life time says") {
  const Root root;
  root.write("sys/block/mmcblk0/device/life_time", "0x01 0x01");
  root.write("sys/block/mmcblk0/device/pre_eol_info", "0x03");
  CHECK(check_disk(root.path("store.db"), root.path()).back().verdict == Health::fault);
}

TEST_CASE("a store whose folder is not there is a fault") {
  CHECK(check_disk("/nonexistent/store.db", "/nonexistent").front().verdict == Health::fault);
}

TEST_CASE("a clock that runs behind what was reached before is a fault") {
  control::v1::TimeResponse time;
  time.set_trusted(true);
  time.set_source("rtc");
  time.set_wall_us(1'000'000'000);
  time.set_last_known_us(1'796'083'284'474'702);
  CHECK(check_clock(time).verdict == Health::fault);
  time.set_wall_us(1'796'083'284'474'702);
  CHECK(check_clock(time).verdict == Health::ok);
  time.set_trusted(false);
  CHECK(check_clock(time).verdict == Health::warning);
}
