// What the daemon tells the service manager that started it (systemd, Type=notify): that it is ready, what it does,
// that it reloads or stops, and that it is alive. Does nothing where no one listens: without NOTIFY_SOCKET.
//
// The protocol is written out here, not taken from libsystemd: it is a datagram of a few lines to a Unix socket, which
// sd_notify(3) and the interface promise of systemd keep stable, while the library would be mapped into every gateway
// with the five others that it needs. Only daemon/ may use this; rooms below know nothing of services.
//
// Values; any thread. Each call may block for a second at most, while the manager's queue is full. What cannot be sent
// is logged and forgotten: the manager notices by its own time limits.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wayside::daemon {

class ServiceManager {
 public:
  // As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. Call before there are threads.
  [[nodiscard]] static ServiceManager from_environment();
  // `socket`: a path, or '@' and a name for one without a file; empty: no one listens.
  explicit ServiceManager(std::string socket = {}, std::optional<std::chrono::microseconds> watchdog = {})
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  // Everything has started; also the end of what reloading() began, whether the new configuration was taken or not.
  void ready() const { tell("READY=1"); }
  // A changed configuration is being read; ready() must follow. For Type=notify and, from systemd 253, notify-reload.
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  // One line for people: `systemctl status waysided`. Line breaks in it become spaces.
  void status(std::string_view line) const;
  // The dog is fed; see watchdog.hpp.
  void alive() const { tell("WATCHDOG=1"); }
  // From now on it waits so long for alive(). Nothing where it does not watch.
  void expect_life_within(std::chrono::microseconds span) const;

  [[nodiscard]] bool listens() const { return !socket_.empty(); }
  // How long it waits for alive() before it ends the daemon and starts it anew; none: it does not watch.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  void tell(const std::string& message) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

// The watchdog of an environment: none where `usec` is no positive number, or `pid` names another process.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_watchdog(const char* usec, const char* pid, long own_pid);

}  // namespace wayside::daemon
