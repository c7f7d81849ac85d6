#include "daemon/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {

constexpr timeval kMostWait{.tv_sec = 1, .tv_usec = 0};

template <typename Number>
std::optional<Number> number_of(const char* text) {
  if (text == nullptr) return std::nullopt;
  Number value{};
  const char* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

std::string text_of(const char* text) { return text == nullptr ? std::string() : std::string(text); }

// 0, or the errno of what went wrong.
int send(const std::string& socket, const std::string& message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  std::ranges::copy(socket, address.sun_path);
  if (socket.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());

  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kMostWait, sizeof(kMostWait));
  const auto* to = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  const auto sent = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, to, size);
  const int error = sent < 0 ? errno : 0;
  ::close(fd);
  return error;
}

}  // namespace

std::optional<std::chrono::microseconds> parse_watchdog(const char* usec, const char* pid, long own_pid) {
  const auto interval = number_of<std::int64_t>(usec);
  if (!interval || *interval <= 0) return std::nullopt;
  if (pid != nullptr && number_of<long>(pid) != own_pid) return std::nullopt;
  return std::chrono::microseconds{*interval};
}

ServiceManager ServiceManager::from_environment() {
  auto socket = text_of(std::getenv("NOTIFY_SOCKET"));
  if (!socket.empty() && socket.front() != '/' && socket.front() != '@') {
    base::log::warn("service.no_manager", {{"NOTIFY_SOCKET", socket}, {"expected", "a path, or @ and a name"}});
    socket.clear();
  }
  return ServiceManager(std::move(socket),
                        parse_watchdog(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid()));
}

void ServiceManager::reloading() const {
  // The manager's own clock, which stands still while the machine sleeps: not the Clock of the gateway.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", us));
}

void ServiceManager::status(std::string_view line) const {
  std::string message = "STATUS=";
  message += line;
  std::ranges::replace(message, '\n', ' ');
  tell(message);
}

void ServiceManager::expect_life_within(std::chrono::microseconds span) const {
  if (watchdog_) tell(fmt::format("WATCHDOG_USEC={}", span.count()));
}

void ServiceManager::tell(const std::string& message) const {
  if (socket_.empty()) return;
  if (const int error = send(socket_, message); error != 0) {
    base::log::warn("service.not_told", {{"what", message}, {"why", std::strerror(error)}});
  }
}

}  // namespace wayside::daemon
