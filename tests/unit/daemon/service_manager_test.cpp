#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>

#include "daemon/service_status.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::microseconds;

// The manager's end of the socket.
class FakeManager {
 public:
  explicit FakeManager(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, address.sun_path);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd_, static_cast<const sockaddr*>(static_cast<const void*>(&address)), size) == 0);
  }
  ~FakeManager() { ::close(fd_); }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;

  // The next message; empty: there is none.
  std::string told() {
    std::array<char, 4096> buffer{};
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "wayside-notify-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::int64_t monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

TEST_CASE("the service manager is told in its own words") {
  const Folder folder;
  FakeManager fake(folder.file("notify"));
  const daemon::ServiceManager manager(folder.file("notify"));
  manager.ready();
  CHECK(fake.told() == "READY=1");
  manager.alive();
  CHECK(fake.told() == "WATCHDOG=1");
  manager.stopping();
  CHECK(fake.told() == "STOPPING=1");
  manager.status("3 of 4 devices\nanswer");
  CHECK(fake.told() == "STATUS=3 of 4 devices answer");
}

TEST_CASE("a reload is told with the manager's own clock, and ends with ready") {
  const Folder folder;
  FakeManager fake(folder.file("notify"));
  const daemon::ServiceManager manager(folder.file("notify"));
  const auto before = monotonic_us();
  manager.reloading();
  const auto after = monotonic_us();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  const auto told = fake.told();
  REQUIRE(told.starts_with(head));
  const auto at = std::stoll(told.substr(head.size()));
  CHECK(at >= before);
  CHECK(at <= after);
  manager.ready();
  CHECK(fake.told() == "READY=1");
}

TEST_CASE("a manager that watches can be asked for more time, another is not") {
  const Folder folder;
  FakeManager fake(folder.file("notify"));
  daemon::ServiceManager(folder.file("notify"), std::chrono::seconds{120}).expect_life_within(std::chrono::minutes{15});
  CHECK(fake.told() == "WATCHDOG_USEC=900000000");
  daemon::ServiceManager(folder.file("notify")).expect_life_within(std::chrono::minutes{15});
  CHECK(fake.told().empty());
}

TEST_CASE("a socket without a file is found by its name") {
  const auto name = "@wayside-notify-test-" + std::to_string(::getpid());
  FakeManager fake(name);
  daemon::ServiceManager(name).ready();
  CHECK(fake.told() == "READY=1");
}

TEST_CASE("without a service manager, or with one that is gone, nothing happens") {
  CHECK_FALSE(daemon::ServiceManager().listens());
  daemon::ServiceManager().ready();
  const Folder folder;
  daemon::ServiceManager(folder.file("gone")).ready();
  daemon::ServiceManager(std::string(300, '/')).ready();
}

TEST_CASE("the watchdog's interval is taken only where it is meant for this process") {
  CHECK(daemon::parse_watchdog("120000000", nullptr, 7) == microseconds{120'000'000});
  CHECK(daemon::parse_watchdog("120000000", "7", 7) == microseconds{120'000'000});
  CHECK_FALSE(daemon::parse_watchdog("120000000", "8", 7));
  CHECK_FALSE(daemon::parse_watchdog(nullptr, "7", 7));
  CHECK_FALSE(daemon::parse_watchdog("0", nullptr, 7));
  CHECK_FALSE(daemon::parse_watchdog("-5", nullptr, 7));
  CHECK_FALSE(daemon::parse_watchdog("soon", nullptr, 7));
}

TEST_CASE("the status line says what a technician asks first") {
  daemon::ServiceState state{.devices = 14, .answering = 12, .waiting_chunks = 3, .alarms = 2, .link = true};
  CHECK(daemon::status_line(state) == "12 of 14 devices answer, 2 alarms, 3 chunks wait, link up");
  state = {.devices = 1, .answering = 1, .waiting_chunks = 1, .alarms = 0, .link = false};
  state.link_problem = "connection refused";
  CHECK(daemon::status_line(state) == "1 of 1 device answer, 1 chunk waits, link down: connection refused");
  state = {.devices = 1, .link = std::nullopt, .store_problem = "/var/lib/wayside/store.db: no room"};
  CHECK(daemon::status_line(state) ==
        "0 of 1 device answer, no store: /var/lib/wayside/store.db: no room, no uplink configured");
}

}  // namespace
