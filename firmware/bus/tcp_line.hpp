// ports::Line over a TCP connection. Names are looked up and connections made without blocking, over IPv6 and IPv4, one
// address after another until the deadline. No delay of small packets; the peer's death is noticed by keep-alive.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "bus/stream_line.hpp"

namespace wayside::bus {

struct TcpEndpoint {
  std::string host;  // a name or an address
  std::uint16_t port = 502;
};

class TcpLine final : public StreamLine<boost::asio::ip::tcp::socket> {
 public:
  TcpLine(TcpEndpoint where, boost::asio::io_context& io, const base::Clock& clock);
  void open(base::BootTime deadline, Opened done) override;
  void close() override;
  std::size_t discard() override;

 private:
  using Tcp = boost::asio::ip::tcp;
  void also_expired(base::BootTime now) override;
  void connect_next(const boost::system::error_code& why);
  void connected();
  void finish(const boost::system::error_code& error);

  TcpEndpoint where_;
  Tcp::resolver resolver_;
  std::vector<Tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  Opened opener_;
  base::BootTime open_deadline_{};
};

}  // namespace wayside::bus
