// TcpServer: the slave of one line on a TCP port. On the io_context's thread; the Slave must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "sim/wire/slave.hpp"

namespace wayside::sim {

class TcpServer {
 public:
  // Listens at host:port; port 0 is any free one. io when that cannot be had.
  [[nodiscard]] static base::Result<std::unique_ptr<TcpServer>> open(boost::asio::io_context& io, Slave& slave,
                                                                     const std::string& host, std::uint16_t port);
  TcpServer(boost::asio::io_context& io, Slave& slave);
  [[nodiscard]] std::uint16_t port() const;

 private:
  void accept();
  void accepted(const boost::system::error_code& error, boost::asio::ip::tcp::socket socket);

  Slave& slave_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<int> connections_ = std::make_shared<int>(0);  // a session may outlive the server by a handler
};

}  // namespace wayside::sim
