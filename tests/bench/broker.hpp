// mosquitto as a child process on a free port of loopback, without persistence: the far end of the uplink's cases.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "bench/store_rig.hpp"

namespace wayside::bench {

class Broker {
 public:
  // Listens once this returns; gives up the program where there is no mosquitto.
  Broker();
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Folder folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace wayside::bench
