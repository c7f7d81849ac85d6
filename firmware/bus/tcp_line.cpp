#include "bus/tcp_line.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <memory>

namespace wayside::bus {
namespace {

using Error = boost::system::error_code;

constexpr int kKeepIdle = 15;     // seconds without traffic until the first probe
constexpr int kKeepInterval = 5;  // seconds between probes
constexpr int kKeepProbes = 3;    // unanswered ones until the connection counts as dead

std::string name_of(const TcpEndpoint& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", where.host, where.port) : fmt::format("{}:{}", where.host, where.port);
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);  // a kernel without it works all the same
}

}  // namespace

TcpLine::TcpLine(TcpEndpoint where, boost::asio::io_context& io, const base::Clock& clock)
    : StreamLine(io, clock, name_of(where)), where_(std::move(where)), resolver_(io) {}

void TcpLine::open(base::BootTime deadline, Opened done) {
  WAYSIDE_ASSERT(!opener_ && !is_open());
  opener_ = std::move(done);
  open_deadline_ = deadline;
  addresses_.clear();
  next_address_ = 0;
  arm(deadline);
  const auto life = life_;
  Error not_numeric;
  const auto address = boost::asio::ip::make_address(where_.host, not_numeric);
  if (!not_numeric) {
    addresses_.emplace_back(address, where_.port);
    boost::asio::post(io_, [this, life] {
      if (life == life_) connect_next({});
    });
    return;
  }
  resolver_.async_resolve(where_.host, std::to_string(where_.port), Tcp::resolver::numeric_service,
                          [this, life](const Error& error, const Tcp::resolver::results_type& found) {
                            if (life != life_ || !opener_) return;
                            for (const auto& entry : found) addresses_.push_back(entry.endpoint());
                            connect_next(error);
                          });
}

void TcpLine::connect_next(const Error& why) {
  if (!opener_) return;
  Error error;
  if (stream_.is_open()) stream_.close(error);
  if (next_address_ == addresses_.size()) {
    return finish(why ? why : Error(boost::asio::error::host_not_found));
  }
  const auto& address = addresses_[next_address_++];
  stream_.open(address.protocol(), error);
  if (error) return connect_next(error);
  ::fcntl(stream_.native_handle(), F_SETFD, FD_CLOEXEC);
  const auto life = life_;
  stream_.async_connect(address, [this, life](const Error& failed) {
    if (life != life_ || !opener_) return;
    failed ? connect_next(failed) : connected();
  });
}

void TcpLine::connected() {
  const int fd = stream_.native_handle();
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdle);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepInterval);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepProbes);
  Error error;
  stream_.non_blocking(true, error);
  finish(error);
}

void TcpLine::finish(const Error& error) {
  if (error && is_open()) {
    Error ignored;
    stream_.close(ignored);
  }
  auto opener = std::exchange(opener_, {});
  if (error) return opener(line_error(error));
  opener({});
}

void TcpLine::close() {
  resolver_.cancel();
  if (opener_) {
    boost::asio::post(io_, [held = std::make_shared<Opened>(std::exchange(opener_, {}))] {
      (*held)(line_error(boost::asio::error::operation_aborted));
    });
  }
  StreamLine::close();
}

void TcpLine::also_expired(base::BootTime now) {
  if (!opener_) return;
  if (now < open_deadline_) return arm(open_deadline_);
  ++life_;
  resolver_.cancel();
  finish(boost::asio::error::timed_out);
}

std::size_t TcpLine::discard() {
  std::array<std::uint8_t, 512> dropped{};
  constexpr int kMostRounds = 128;
  std::size_t total = 0;
  Error error;
  for (int round = 0; round < kMostRounds && is_open(); ++round) {
    const auto size = stream_.read_some(boost::asio::buffer(dropped), error);
    if (error) break;
    total += size;
  }
  return total;
}

}  // namespace wayside::bus
