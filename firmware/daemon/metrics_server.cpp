#include "daemon/metrics_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace wayside::daemon {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;

constexpr std::size_t kMostCallers = 4;
constexpr std::size_t kMostRequest = 8 * 1024;
constexpr std::chrono::seconds kWithin{10};

// One caller: one request, one answer.
class Caller : public std::enable_shared_from_this<Caller> {
 public:
  Caller(Stream::socket socket, std::shared_ptr<MetricsServer::Make> make, std::shared_ptr<int> callers)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        make_(std::move(make)),
        callers_(std::move(callers)) {
    ++*callers_;
    parser_.body_limit(0);
    parser_.header_limit(kMostRequest);
  }
  ~Caller() { --*callers_; }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void begin() {
    timer_.expires_after(kWithin);
    timer_.async_wait([self = weak_from_this()](const error_code& error) {
      const auto caller = self.lock();
      error_code ignored;
      if (!error && caller) caller->socket_.close(ignored);
    });
    http::async_read(socket_, buffer_, parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    const auto& request = parser_.get();
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return send(http::status::method_not_allowed, "only GET is answered here\n");
    }
    if (request.target() != "/metrics") return send(http::status::not_found, "metrics are at /metrics\n");
    (*make_)([self = shared_from_this()](std::string page) { self->send(http::status::ok, std::move(page)); });
  }

  void send(http::status status, std::string text) {
    response_.result(status);
    response_.version(11);
    response_.keep_alive(false);
    response_.set(http::field::content_type, status == http::status::ok ? "text/plain; version=0.0.4; charset=utf-8"
                                                                        : "text/plain; charset=utf-8");
    response_.content_length(text.size());
    if (parser_.get().method() != http::verb::head) response_.body() = std::move(text);
    http::async_write(socket_, response_, [self = shared_from_this()](const error_code&, std::size_t) {
      error_code ignored;
      self->timer_.cancel();
      self->socket_.shutdown(asio::socket_base::shutdown_both, ignored);
      self->socket_.close(ignored);
    });
  }

  Stream::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<MetricsServer::Make> make_;
  std::shared_ptr<int> callers_;
  boost::beast::flat_buffer buffer_{kMostRequest};
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
};

template <class Protocol>
class Server final : public MetricsServer {
 public:
  Server(asio::io_context& core, Make make) : acceptor_(core), make_(std::make_shared<Make>(std::move(make))) {}
  ~Server() override {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  base::Result<void> open(const typename Protocol::endpoint& endpoint, const std::string& name,
                          const std::string& path) {
    error_code error;
    if (!path.empty()) ::unlink(path.c_str());
    acceptor_.open(endpoint.protocol(), error);
    if (!error && path.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error && !path.empty() && ::chmod(path.c_str(), 0660) != 0) {
      error = error_code(errno, boost::system::system_category());
    }
    if (!error) acceptor_.listen(static_cast<int>(kMostCallers), error);
    if (error) {
      return base::Error{base::Errc::io, base::Consequence::fatal,
                         fmt::format("metrics on {}: {}", name, error.message())};
    }
    path_ = path;
    accept();
    return {};
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& error, typename Protocol::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && *callers_ < static_cast<int>(kMostCallers)) {
        std::make_shared<Caller>(Stream::socket(std::move(socket)), make_, callers_)->begin();
      }
      accept();
    });
  }

  typename Protocol::acceptor acceptor_;
  std::shared_ptr<Make> make_;
  std::shared_ptr<int> callers_ = std::make_shared<int>(0);
  std::string path_;
};

}  // namespace

base::Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(asio::io_context& core,
                                                                   const config::MetricsConfig& where, Make make) {
  if (!where.socket.empty()) {
    auto server = std::make_unique<Server<asio::local::stream_protocol>>(core, std::move(make));
    const asio::local::stream_protocol::endpoint endpoint(where.socket);
    if (auto opened = server->open(endpoint, where.socket, where.socket); !opened) return opened.error();
    return std::unique_ptr<MetricsServer>(std::move(server));
  }
  error_code error;
  const auto address = asio::ip::make_address(where.host, error);
  const auto name = fmt::format("{}:{}", where.host, where.port);
  if (error) return base::Error{base::Errc::config, base::Consequence::fatal, "metrics on " + name + ": no address"};
  auto server = std::make_unique<Server<asio::ip::tcp>>(core, std::move(make));
  if (auto opened = server->open({address, where.port}, name, ""); !opened) return opened.error();
  return std::unique_ptr<MetricsServer>(std::move(server));
}

}  // namespace wayside::daemon
