// PtyLine: the slave of one serial line, behind a pseudo-terminal. A symbolic link at the given path leads to the side
// the gateway opens. A reply waits for the request's own time on the wire and 3.5 characters of silence, then leaves
// byte by byte at the baud rate (10 bits a character). On the io_context's thread; the Slave must outlive it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sim/wire/framing.hpp"
#include "sim/wire/slave.hpp"

namespace wayside::sim {

class PtyLine {
 public:
  // Makes the directories of `path`; replaces a symbolic link there, refuses to replace anything else.
  [[nodiscard]] static base::Result<std::unique_ptr<PtyLine>> open(boost::asio::io_context& io, Slave& slave,
                                                                   const std::string& path, int baud,
                                                                   bool echoes = false);
  PtyLine(boost::asio::io_context& io, Slave& slave, std::string path, int baud);
  ~PtyLine();
  PtyLine(const PtyLine&) = delete;
  PtyLine& operator=(const PtyLine&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  struct Sending {
    Clock::time_point start;
    base::Bytes frame;
    std::size_t sent = 0;
  };

  [[nodiscard]] base::Result<void> prepare();
  void read();
  void received(const boost::system::error_code& error, std::size_t size);
  void silent(const boost::system::error_code& error);
  void serve(const RtuRequest& request);
  void queue(base::Bytes frame, const Reply& reply, std::size_t request_bytes);
  void schedule_send();
  void send_due(const boost::system::error_code& error);
  void share();
  void babble();
  [[nodiscard]] Clock::duration characters(double count) const;

  Slave& slave_;
  std::string path_;
  int baud_;
  bool linked_ = false;
  bool echoes_ = false;         // what the gateway sends comes back to it first
  base::UniqueFd client_side_;  // kept open: the line does not hang up between two clients
  boost::asio::posix::stream_descriptor wire_;
  boost::asio::steady_timer silence_, send_timer_, share_timer_, babble_timer_;
  RtuReceiver receiver_;
  std::array<std::uint8_t, 512> buffer_{};
  std::deque<Sending> queue_;
};

}  // namespace wayside::sim
