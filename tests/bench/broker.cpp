#include "bench/broker.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "bench/report.hpp"

extern char** environ;  // NOLINT

namespace wayside::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds{10};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

std::uint16_t free_port() {
  const base::UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("no free port on loopback");
  }
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  const base::UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

Broker::Broker() : port_(free_port()) {
  const auto config = folder_.file("mosquitto.conf");
  std::ofstream(config) << fmt::format(
      "listener {} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nmax_inflight_messages "
      "1000\n"
      "max_queued_messages 0\nlog_type none\n{}",
      port_, ::getuid() == 0 ? "user root\n" : "");
  std::string program = ::access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "mosquitto";
  std::string option = "-c";
  std::string file = config;
  const std::array<char*, 4> arguments{program.data(), option.data(), file.data(), nullptr};
  if (::posix_spawnp(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    pid_ = -1;
    give_up("mosquitto cannot be started");
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!accepts(port_)) {
    if (std::chrono::steady_clock::now() > until) give_up("mosquitto does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

Broker::~Broker() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace wayside::bench
