// Host: a World with its lines opened, its control socket and a tick of real time, on one io_context. Owned by the
// `devices` command or by a test; runs where the io_context runs.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "sim/control_server.hpp"
#include "sim/wire/pty_line.hpp"
#include "sim/wire/tcp_server.hpp"
#include "sim/world.hpp"

namespace wayside::sim {

class Host {
 public:
  using Say = std::function<void(std::string_view)>;  // one line for a person

  // `control` may be empty. Once it returns, all lines listen.
  [[nodiscard]] static base::Result<std::unique_ptr<Host>> start(boost::asio::io_context& io, const Scene& scene,
                                                                 const std::string& control, Say say);
  Host(boost::asio::io_context& io, std::unique_ptr<World> world, Say say);

  // Where each line is now: its name, and the TCP port or the path of the pty.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& places() const { return places_; }
  [[nodiscard]] World& world() { return *world_; }

 private:
  [[nodiscard]] base::Result<void> open_line(const LineSpec& line);
  void arm();
  void tick(const boost::system::error_code& error);
  [[nodiscard]] std::string command(const std::string& line);
  void tell(std::string_view source, const std::string& target, std::string_view fault,
            const base::Result<void>& outcome);

  boost::asio::io_context& io_;
  Say say_;
  std::unique_ptr<World> world_;
  std::vector<std::unique_ptr<TcpServer>> tcp_;
  std::vector<std::unique_ptr<PtyLine>> ptys_;
  std::unique_ptr<ControlServer> control_;
  std::vector<std::pair<std::string, std::string>> places_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point next_;
};

// `name=value` a line, written aside and renamed: whoever sees the file sees all of it.
[[nodiscard]] base::Result<void> write_ready_file(const std::string& path, const Host& host);

}  // namespace wayside::sim
