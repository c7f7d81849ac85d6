#include "bench/tcp_slave.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <new>

#include "bench/report.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kRequest = 12;

// One request in, one answer out: a client has one transaction under way.
void serve_one(int fd, TcpSlave::Shared& shared) {
  std::array<std::uint8_t, 260> in{};
  const auto got = ::recv(fd, in.data(), in.size(), MSG_DONTWAIT);
  if (got <= 0) {
    if (got == 0) ::close(fd);
    return;
  }
  if (static_cast<std::size_t>(got) < kRequest) return;
  const std::size_t words = (std::size_t{in[10]} << 8U) | in[11];
  std::array<std::uint8_t, 9 + 250> out{};
  const std::size_t bytes = 2 * (words > 125 ? 125 : words);
  const std::size_t length = 3 + bytes;
  out[0] = in[0];
  out[1] = in[1];
  out[4] = static_cast<std::uint8_t>(length >> 8U);
  out[5] = static_cast<std::uint8_t>(length & 0xFFU);
  out[6] = in[6];
  out[7] = in[7];
  out[8] = static_cast<std::uint8_t>(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out[9 + i] = static_cast<std::uint8_t>(i);
  const auto word = shared.word.load();
  out[9] = static_cast<std::uint8_t>(word >> 8U);
  out[10] = static_cast<std::uint8_t>(word);
  if (shared.answered == 0) shared.answered = wall_seconds();
  if (::send(fd, out.data(), 9 + bytes, MSG_NOSIGNAL) < 0) ::close(fd);
}

[[noreturn]] void serve(int listener, TcpSlave::Shared& shared) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> ready{};
  for (;;) {
    const int count = ::epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        serve_one(fd, shared);
        continue;
      }
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      const int on = 1;
      ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      event.data.fd = client;
      ::epoll_ctl(poller, EPOLL_CTL_ADD, client, &event);
    }
  }
}

}  // namespace

TcpSlave::TcpSlave() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the sockets interface
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 256) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    give_up("cannot listen on a loopback port");
  }
  port_ = ntohs(address.sin_port);
  void* page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) give_up("no memory to share");  // NOLINT: the interface of mmap
  shared_ = new (page) Shared;
  child_ = ::fork();
  if (child_ < 0) give_up("cannot fork");
  if (child_ == 0) serve(listener, *shared_);
  ::close(listener);
}

TcpSlave::~TcpSlave() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  ::munmap(shared_, sizeof(Shared));
}

void TcpSlave::set_first_word(std::uint16_t value) {
  shared_->word = value;
  shared_->answered = 0;
}

double TcpSlave::answered_at() const { return shared_->answered; }

}  // namespace wayside::bench
