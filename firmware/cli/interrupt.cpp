#include "cli/interrupt.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace wayside::cli {

Interrupt::Interrupt() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  fd_ = base::UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd_) {
    ::sigprocmask(SIG_BLOCK, &signals, &before_);
  } else {
    ::sigprocmask(SIG_BLOCK, nullptr, &before_);
  }
}

Interrupt::~Interrupt() {
  // What came meanwhile has been heard: it must not end the program once it is let through.
  signalfd_siginfo heard;
  while (fd_ && ::read(fd_.get(), &heard, sizeof heard) > 0) continue;
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool Interrupt::is_pending() const {
  pollfd ready{fd_.get(), POLLIN, 0};
  return fd_ && ::poll(&ready, 1, 0) > 0;
}

bool Interrupt::wait_for(int fd) const {
  std::array<pollfd, 2> ready{pollfd{fd, POLLIN, 0}, pollfd{fd_.get(), POLLIN, 0}};
  while (::poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) continue;
  return ready[1].revents == 0;
}

}  // namespace wayside::cli
