#include "control/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "control/frame.hpp"

namespace wayside::control {
namespace {

base::Error failed(const std::string& doing, int code) {
  std::string hint;
  if (code == ENOENT || code == ECONNREFUSED) hint = " (is waysided running, and is this its socket? see --socket)";
  if (code == EAGAIN) hint = " (waysided does not take the connection: it is busy, or hangs)";
  if (code == EACCES) hint = " (your user must be in the socket's group)";
  return {base::Errc::io, base::Consequence::fatal, fmt::format("{}: {}{}", doing, std::strerror(code), hint), code};
}

}  // namespace

base::Result<Client> Client::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::invalid_argument(path + ": too long for a socket's path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Of a Unix socket this also bounds connect(): a daemon that hangs must not hold a person up without a word.
  const timeval patience{5, 0};
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed(path, errno);
  }
  return Client(std::move(fd));
}

base::Result<void> Client::send(const v1::Request& request) {
  const std::string frame = to_frame(request);
  std::size_t sent = 0;
  while (sent < frame.size()) {
    const auto n = ::send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("asking the daemon", errno);
    sent += static_cast<std::size_t>(n);
  }
  return {};
}

base::Result<v1::Response> Client::receive(int stop) {
  std::array<char, 16384> chunk{};
  for (;;) {
    v1::Response response;
    const auto taken = take_message(buffer_, response);
    if (!taken) return taken.error();
    if (*taken) return response;
    if (stop >= 0) {
      std::array<pollfd, 2> ready{pollfd{fd_.get(), POLLIN, 0}, pollfd{stop, POLLIN, 0}};
      if (::poll(ready.data(), ready.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return failed("waiting for the daemon", errno);
      }
      // An answer that is there is taken, whoever is in a hurry.
      if (ready[0].revents == 0) {
        return base::Error{base::Errc::cancelled, base::Consequence::fatal, "interrupted while waiting for the daemon"};
      }
    }
    const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("waiting for the daemon", errno);
    if (n == 0) return base::Error{base::Errc::closed, base::Consequence::fatal, "the daemon closed the connection"};
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace wayside::control
