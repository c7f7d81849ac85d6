#include "sim/wire/tcp_server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <functional>

#include "sim/wire/framing.hpp"

namespace wayside::sim {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

constexpr int kMostConnections = 32;       // more are closed at once
constexpr std::size_t kMostUnsent = 1000;  // replies; a client that never reads is closed

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Slave& slave, std::shared_ptr<int> connections)
      : socket_(std::move(socket)), slave_(slave), connections_(std::move(connections)) {
    ++*connections_;
  }
  ~Session() { --*connections_; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_), std::bind_front(&Session::received, shared_from_this()));
  }

 private:
  void received(const Error& error, std::size_t size) {
    if (error) return close();
    if (slave_.speaks_frames()) {  // a serial server: bytes as on the line
      for (auto& reply : slave_.hear(base::ByteView(buffer_.data(), size))) {
        if (reply.is_corrupt) reply.pdu[reply.pdu.size() / 2] ^= 0x10U;
        send_after(reply.delay, std::move(reply.pdu));
      }
      return read();
    }
    receiver_.feed(base::ByteView(buffer_.data(), size));
    while (const auto request = receiver_.next()) serve(*request);
    if (receiver_.is_broken()) return close();
    read();
  }

  void serve(const TcpRequest& request) {
    auto reply = slave_.handle(request.unit, request.pdu);
    if (!reply) return;
    const auto unit = static_cast<std::uint8_t>(request.unit + (reply->wrong_unit ? 1 : 0));
    send_after(reply->delay, tcp_frame(request.transaction, unit, reply->pdu));
  }

  void send_after(std::chrono::milliseconds delay, base::Bytes frame) {
    if (delay.count() == 0) return send(std::move(frame));
    // Others may overtake a slow unit, as behind a gateway with several buses.
    auto timer = std::make_shared<boost::asio::steady_timer>(socket_.get_executor(), delay);
    timer->async_wait([self = shared_from_this(), timer, late = std::move(frame)](const Error& stopped) mutable {
      if (!stopped) self->send(std::move(late));
    });
  }

  void send(base::Bytes frame) {
    if (unsent_.size() >= kMostUnsent) return close();
    unsent_.push_back(std::move(frame));
    if (unsent_.size() == 1) write();
  }

  void write() {
    boost::asio::async_write(socket_, boost::asio::buffer(unsent_.front()),
                             std::bind_front(&Session::written, shared_from_this()));
  }

  void written(const Error& error, std::size_t) {
    if (error) return close();
    unsent_.pop_front();
    if (!unsent_.empty()) write();
  }

  void close() {
    Error ignored;  // it is going away in any case
    socket_.close(ignored);
  }

  tcp::socket socket_;
  Slave& slave_;
  std::shared_ptr<int> connections_;
  TcpReceiver receiver_;
  std::array<std::uint8_t, 1024> buffer_{};
  std::deque<base::Bytes> unsent_;
};

}  // namespace

TcpServer::TcpServer(boost::asio::io_context& io, Slave& slave) : slave_(slave), acceptor_(io) {}

base::Result<std::unique_ptr<TcpServer>> TcpServer::open(boost::asio::io_context& io, Slave& slave,
                                                         const std::string& host, std::uint16_t port) {
  auto server = std::make_unique<TcpServer>(io, slave);
  Error error;
  const auto address = boost::asio::ip::make_address(host, error);
  const tcp::endpoint endpoint(address, port);
  if (!error) server->acceptor_.open(endpoint.protocol(), error);
  if (!error) server->acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) server->acceptor_.bind(endpoint, error);
  if (!error) server->acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) {
    return base::Error{base::Errc::io, base::Consequence::fatal,
                       fmt::format("listening at {}:{}: {}", host, port, error.message()), error.value()};
  }
  server->accept();
  return server;
}

std::uint16_t TcpServer::port() const {
  Error error;
  return acceptor_.local_endpoint(error).port();
}

void TcpServer::accept() { acceptor_.async_accept(std::bind_front(&TcpServer::accepted, this)); }

void TcpServer::accepted(const Error& error, tcp::socket socket) {
  if (error == boost::asio::error::operation_aborted) return;
  Error ignored;
  if (!error && *connections_ < kMostConnections) {
    socket.set_option(tcp::no_delay(true), ignored);
    std::make_shared<Session>(std::move(socket), slave_, connections_)->read();
  }
  accept();
}

}  // namespace wayside::sim
