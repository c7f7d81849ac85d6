#include "sim/control_server.hpp"

#include <fmt/format.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <istream>

namespace wayside::sim {
namespace {

using Local = boost::asio::local::stream_protocol;
using Error = boost::system::error_code;

constexpr std::size_t kMostLine = 4096;
constexpr std::size_t kMostAnswer = 1 << 20;
constexpr std::size_t kMostPath = 107;  // sun_path

base::Error failed(const std::string& path, const std::string& what) {
  return {base::Errc::io, base::Consequence::fatal, fmt::format("control socket '{}': {}", path, what)};
}

class Talk : public std::enable_shared_from_this<Talk> {
 public:
  Talk(Local::socket socket, std::shared_ptr<ControlServer::Handler> handler)
      : socket_(std::move(socket)), handler_(std::move(handler)), input_(kMostLine) {}

  void read() {
    boost::asio::async_read_until(
        socket_, input_, '\n', [self = shared_from_this()](const Error& error, std::size_t) { self->answer(error); });
  }

 private:
  void answer(const Error& error) {
    if (error) return;
    std::istream stream(&input_);
    std::string line;
    std::getline(stream, line);
    output_ = (*handler_)(line) + "\n";
    boost::asio::async_write(socket_, boost::asio::buffer(output_),
                             [self = shared_from_this()](const Error& failure, std::size_t) {
                               if (!failure) self->read();
                             });
  }

  Local::socket socket_;
  std::shared_ptr<ControlServer::Handler> handler_;
  boost::asio::streambuf input_;
  std::string output_;
};

bool is_last(const std::string& line) { return line == "ok" || line.starts_with("error: "); }

}  // namespace

ControlServer::ControlServer(boost::asio::io_context& io, std::string path, Handler handler)
    : path_(std::move(path)), handler_(std::make_shared<Handler>(std::move(handler))), acceptor_(io) {}

ControlServer::~ControlServer() {
  std::error_code ignored;
  if (bound_) std::filesystem::remove(path_, ignored);
}

base::Result<std::unique_ptr<ControlServer>> ControlServer::open(boost::asio::io_context& io, const std::string& path,
                                                                 Handler handler) {
  namespace fs = std::filesystem;
  if (path.size() > kMostPath) return failed(path, "the path is too long");
  std::error_code ignored;
  if (const auto parent = fs::path(path).parent_path(); !parent.empty()) fs::create_directories(parent, ignored);
  if (fs::is_socket(path, ignored)) fs::remove(path, ignored);
  auto server = std::make_unique<ControlServer>(io, path, std::move(handler));
  Error error;
  server->acceptor_.open(Local(), error);
  if (!error) server->acceptor_.bind(Local::endpoint(path), error);
  if (error) return failed(path, error.message());
  server->bound_ = true;
  server->acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return failed(path, error.message());
  server->accept();
  return server;
}

void ControlServer::accept() {
  acceptor_.async_accept([this](const Error& error, Local::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) std::make_shared<Talk>(std::move(socket), handler_)->read();
    accept();
  });
}

base::Result<std::string> ask(const std::string& path, const std::string& line) {
  if (path.size() > kMostPath) return failed(path, "the path is too long");
  boost::asio::io_context io;
  Local::socket socket(io);
  Error error;
  socket.connect(Local::endpoint(path), error);
  if (!error) boost::asio::write(socket, boost::asio::buffer(line + "\n"), error);
  boost::asio::streambuf input(kMostAnswer);
  std::istream stream(&input);
  std::string answer;
  while (!error) {
    boost::asio::read_until(socket, input, '\n', error);
    if (error) break;
    std::string got;
    std::getline(stream, got);
    answer += got;
    if (is_last(got)) return answer;
    answer += "\n";
  }
  return failed(path, error.message());
}

}  // namespace wayside::sim
