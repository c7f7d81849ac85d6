// Paho alone: an async client that publishes QoS 1 in a loop with a window of its own. The ceiling of the uplink's
// cases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace wayside::bench {

class PlainPaho {
 public:
  PlainPaho(std::uint16_t port, std::size_t window, std::string topic = "bench/plain");
  ~PlainPaho();
  PlainPaho(const PlainPaho&) = delete;
  PlainPaho& operator=(const PlainPaho&) = delete;

  // Returns when there is room in the window for it.
  void publish(base::ByteView payload);
  // Acknowledged so far; they come in order.
  [[nodiscard]] std::size_t acknowledged() const;
  // Returns when all are.
  void finish();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace wayside::bench
