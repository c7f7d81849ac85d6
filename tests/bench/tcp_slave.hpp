// TcpSlave: Modbus TCP slaves in a process of their own (their CPU is not ours): one epoll loop, any number of
// connections, every register readable. For benchmarks. The first word of every answer can be changed while it runs,
// and tells when it was read so for the first time.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace wayside::bench {

class TcpSlave {
 public:
  TcpSlave();
  ~TcpSlave();
  TcpSlave(const TcpSlave&) = delete;
  TcpSlave& operator=(const TcpSlave&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void set_first_word(std::uint16_t value);
  // When the first answer with the present first word left, on the steady clock; none yet: 0.
  [[nodiscard]] double answered_at() const;

  struct Shared {  // with the child
    std::atomic<std::uint16_t> word{1};
    std::atomic<double> answered{0};
  };

 private:
  Shared* shared_ = nullptr;
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace wayside::bench
