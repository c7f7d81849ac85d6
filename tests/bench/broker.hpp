// mosquitto as a child process on a free port of loopback, without persistence: the far end of the uplink's cases.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/child.hpp"
#include "bench/store_rig.hpp"

namespace wayside::bench {

class Broker {
 public:
  // Listens once this returns; gives up the program where there is no mosquitto.
  Broker();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Folder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace wayside::bench
