// The control socket: lines of text on a Unix socket. `fault TARGET FAULT [ARG]` answers `ok` or `error: ...`; `list`
// answers a line a device and then `ok`. On the io_context's thread; the handler must outlive the io_context's run.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace wayside::sim {

class ControlServer {
 public:
  using Handler = std::function<std::string(const std::string& line)>;  // the answer, without the last line end

  // Replaces a left-over socket at `path`; removes it at the end.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlServer>> open(boost::asio::io_context& io,
                                                                         const std::string& path, Handler handler);
  ControlServer(boost::asio::io_context& io, std::string path, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  void accept();

  std::string path_;
  bool bound_ = false;
  std::shared_ptr<Handler> handler_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

// Sends one line and gives all of the answer up to `ok` or `error: ...`. io when there is no simulator.
[[nodiscard]] base::Result<std::string> ask(const std::string& path, const std::string& line);

}  // namespace wayside::sim
