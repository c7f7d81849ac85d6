// RegisterBus: one serial line or one TCP endpoint that speaks Modbus; at most one transaction is under way.
// Home: the bus's own Scheduler. read() is called there and answers there, never inline, always exactly once.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "device/register_plan.hpp"

namespace wayside::ports {

struct ReadRequest {
  std::uint8_t unit = 1;
  device::RegisterBlock block;
  std::chrono::microseconds timeout{};
};

struct ReadReply {
  std::vector<std::uint16_t> words;  // as many as asked for; bits one a word
  base::BootTime at{};               // when the answer was complete: the only place where a sample gets its time
};

class RegisterBus {
 public:
  using ReadCallback = base::UniqueFunction<void(base::Result<ReadReply>)>;
  virtual ~RegisterBus() = default;
  // Errors: timeout (device_lost), exception_reply with the code in detail (01-03 skip_point, 0B a
  // timeout of that unit, else retry_later),
  // protocol (retry_later), io / closed (device_lost: the line itself is away; the bus reopens by itself).
  // Requires: no read under way.
  virtual void read(const ReadRequest& request, ReadCallback done) = 0;
};

}  // namespace wayside::ports
