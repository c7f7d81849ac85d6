// TcpSlave: Modbus TCP slaves in a process of their own (their CPU is not ours): one epoll loop, any number of
// connections, every register readable. For benchmarks.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace wayside::bench {

class TcpSlave {
 public:
  TcpSlave();
  ~TcpSlave();
  TcpSlave(const TcpSlave&) = delete;
  TcpSlave& operator=(const TcpSlave&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace wayside::bench
