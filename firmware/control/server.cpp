#include "control/server.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <deque>
#include <set>
#include <vector>

#include "base/log.hpp"
#include "control/frame.hpp"

namespace wayside::control {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::size_t kMostConnections = 16;
constexpr std::size_t kMostOfAccount = 8;
constexpr std::size_t kMoreForAdmins = 4;
constexpr std::size_t kMostBehind = 1024 * 1024;
constexpr std::chrono::seconds kRequestWithin{10};
constexpr std::chrono::seconds kTakenWithin{30};

struct Account {
  uid_t number = static_cast<uid_t>(-1);
  Peer peer;
};

std::string name_of(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return fmt::format("uid {}", user);
}

std::vector<std::uint32_t> groups_of(int socket, gid_t own) {
  std::vector<std::uint32_t> out(64);
  auto size = static_cast<socklen_t>(out.size() * sizeof(gid_t));
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, out.data(), &size) != 0) {
    if (errno != ERANGE) return {own};
    out.resize(size / sizeof(gid_t));  // it says how many there are
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, out.data(), &size) != 0) return {own};
  }
  out.resize(size / sizeof(gid_t));
  out.push_back(own);
  return out;
}

// As they were when it connected.
Account account_of(int socket, const RoleGroups& known) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  const auto groups = groups_of(socket, credentials.gid);
  return {credentials.uid, {name_of(credentials.uid), role_of(credentials.uid, ::geteuid(), groups, known)}};
}

class ServerImpl;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(stream_protocol::socket socket, Account account, ServerImpl& server)
      : socket_(std::move(socket)), account_(std::move(account)), server_(&server), deadline_(socket_.get_executor()) {}

  // Waits for its request.
  void begin();
  void read();
  void send(const v1::Response& response, bool then_close);
  void detach() {
    server_ = nullptr;
    close();
  }
  [[nodiscard]] bool is_tail_of(const std::string& device) const {
    return tail_ && (tail_device_.empty() || tail_device_ == device);
  }
  [[nodiscard]] bool is_tail() const { return tail_; }
  [[nodiscard]] const Account& account() const { return account_; }

 private:
  void on_read(const error_code& error, std::size_t size);
  void on_request(const v1::Request& request);
  void write_next();
  void close();
  // Closes it when that has not happened by then.
  void close_after(std::chrono::seconds span);

  stream_protocol::socket socket_;
  Account account_;
  ServerImpl* server_;
  boost::asio::steady_timer deadline_;
  std::array<char, 4096> chunk_{};
  std::string buffer_;
  std::deque<std::string> out_;
  std::size_t behind_ = 0;
  bool writing_ = false;
  bool close_after_ = false;
  bool tail_ = false;
  std::string tail_device_;
};

class ServerImpl final : public Server {
 public:
  ServerImpl(boost::asio::io_context& core, Handler handler, Refused refused)
      : acceptor_(core), handler_(std::move(handler)), refused_(std::move(refused)) {}
  ~ServerImpl() override {
    for (const auto& connection : std::set(connections_)) connection->detach();
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  base::Result<void> open(const std::string& path) {
    error_code error;
    const stream_protocol::endpoint endpoint(path);
    stream_protocol::socket probe(acceptor_.get_executor());
    probe.connect(endpoint, error);
    if (!error) {
      return base::Error{base::Errc::already_exists, base::Consequence::fatal,
                         fmt::format("control socket {}: another daemon answers there", path)};
    }
    ::unlink(path.c_str());
    error.clear();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.bind(endpoint, error);
    // With groups for the roles everyone may knock: who has none of them is told so, and nothing else.
    const ::mode_t mode = role_groups().any() ? 0666 : 0660;
    if (!error && ::chmod(path.c_str(), mode) != 0) error = error_code(errno, boost::system::system_category());
    if (!error) acceptor_.listen(static_cast<int>(kMostConnections), error);
    if (error) {
      return base::Error{base::Errc::io, base::Consequence::fatal,
                         fmt::format("control socket {}: {}", path, error.message())};
    }
    path_ = path;
    accept();
    return {};
  }

  bool has_tails() const override {
    for (const auto& connection : connections_) {
      if (connection->is_tail()) return true;
    }
    return false;
  }

  void push(const std::string& device, const v1::TailResponse& line, const v1::TailResponse& for_view) override {
    v1::Response whole;
    *whole.mutable_tail() = line;
    v1::Response less;
    *less.mutable_tail() = for_view;
    for (const auto& connection : std::set(connections_)) {
      if (!connection->is_tail_of(device)) continue;
      connection->send(connection->account().peer.role == Role::view ? less : whole, false);
    }
  }

  void handle(const v1::Request& request, const std::shared_ptr<Connection>& connection) {
    const auto& peer = connection->account().peer;
    if (!may(request, peer, *connection)) return;
    handler_(request, peer, [connection](const v1::Response& response) { connection->send(response, true); });
  }
  // False: it was told why not.
  bool may(const v1::Request& request, const Peer& peer, Connection& connection) {
    const auto needs = needed(request);
    if (peer.role >= needs) return true;
    if (refused_) refused_(request, peer);
    v1::Response response;
    response.set_error(refusal(peer.user, peer.role, needs));
    connection.send(response, true);
    return false;
  }
  void forget(const std::shared_ptr<Connection>& connection) { connections_.erase(connection); }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& error, stream_protocol::socket socket) {
      if (error == boost::asio::error::operation_aborted) return;
      if (!error) take(std::move(socket));
      accept();
    });
  }

  void take(stream_protocol::socket socket) {
    auto account = account_of(socket.native_handle(), role_groups());
    const auto same = static_cast<std::size_t>(std::ranges::count_if(
        connections_, [&account](const auto& other) { return other->account().number == account.number; }));
    const bool may_all = account.peer.role == Role::admin;
    const bool is_full = connections_.size() >= kMostConnections + (may_all ? kMoreForAdmins : 0);
    if (is_full || (same >= kMostOfAccount && !may_all)) return;
    const auto connection = std::make_shared<Connection>(std::move(socket), std::move(account), *this);
    connections_.insert(connection);
    connection->begin();
  }

  stream_protocol::acceptor acceptor_;
  Handler handler_;
  Refused refused_;
  std::string path_;
  std::set<std::shared_ptr<Connection>> connections_;
};

void Connection::begin() {
  close_after(kRequestWithin);
  read();
}

void Connection::close_after(std::chrono::seconds span) {
  deadline_.expires_after(span);
  deadline_.async_wait([self = weak_from_this()](const error_code& error) {
    const auto connection = self.lock();
    if (!error && connection) connection->close();
  });
}

void Connection::read() {
  socket_.async_read_some(
      boost::asio::buffer(chunk_),
      [self = shared_from_this()](const error_code& error, std::size_t size) { self->on_read(error, size); });
}

void Connection::on_read(const error_code& error, std::size_t size) {
  if (error == boost::asio::error::operation_aborted) return;
  if (error || server_ == nullptr) return close();
  buffer_.append(chunk_.data(), size);
  v1::Request request;
  const auto taken = take_message(buffer_, request);
  if (!taken) {
    v1::Response response;
    response.set_error("not a request of this protocol: " + taken.error().what);
    return send(response, true);
  }
  if (*taken) on_request(request);
  read();  // so that the other side's closing is seen
}

void Connection::on_request(const v1::Request& request) {
  deadline_.cancel();
  if (request.has_tail()) {
    if (!server_->may(request, account_.peer, *this)) return;
    tail_ = true;
    tail_device_ = request.tail().device();
    return;
  }
  server_->handle(request, shared_from_this());
}

void Connection::send(const v1::Response& response, bool then_close) {
  if (!socket_.is_open()) return;
  close_after_ = close_after_ || then_close;
  out_.push_back(to_frame(response));
  behind_ += out_.back().size();
  if (tail_ && behind_ > kMostBehind) {  // an answer is one message, which has its own bound
    base::log::warn("control.reader_too_slow");
    return close();
  }
  if (!tail_) close_after(kTakenWithin);
  if (!writing_) write_next();
}

void Connection::write_next() {
  if (out_.empty()) {
    if (close_after_) close();
    return;
  }
  writing_ = true;
  boost::asio::async_write(socket_, boost::asio::buffer(out_.front()),
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (error == boost::asio::error::operation_aborted) return;
                             self->writing_ = false;
                             if (error) return self->close();
                             self->behind_ -= size;
                             self->out_.pop_front();
                             self->write_next();
                           });
}

void Connection::close() {
  deadline_.cancel();
  error_code ignored;
  socket_.close(ignored);
  if (server_ != nullptr) server_->forget(shared_from_this());
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::listen(boost::asio::io_context& core, const std::string& path,
                                                     Handler handler, Refused refused) {
  auto server = std::make_unique<ServerImpl>(core, std::move(handler), std::move(refused));
  if (auto opened = server->open(path); !opened) return opened.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace wayside::control
