#include "bench/broker.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "bench/report.hpp"

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
  const auto* program = ::access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "mosquitto";
  child_ = std::make_unique<Child>(std::vector<std::string>{program, "-c", config}, folder_.file("mosquitto.log"));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!accepts(port_)) {
    if (std::chrono::steady_clock::now() > until) give_up("mosquitto does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

}  // namespace wayside::bench
