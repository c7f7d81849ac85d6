// RegisterBus: one serial line or one TCP endpoint with field devices; at most one transaction is under way.
// Home: the bus's own Scheduler. Everything is called there; transact() answers there, never inline, exactly once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "device/register_plan.hpp"

namespace wayside::ports {

// Bytes out (none: only wait), one frame of the protocol back.
struct FrameExchange {
  const device::FrameProtocol* protocol = nullptr;
  base::Bytes send;
};

struct BusRequest {
  std::uint8_t unit = 1;  // of Modbus
  std::variant<device::RegisterBlock, device::RegisterWrite, FrameExchange> what;
  std::chrono::microseconds timeout{};
};

struct BusReply {
  std::vector<std::uint16_t> words;  // of a read: as many as asked for; bits one a word
  base::Bytes frame;                 // of a frame exchange
  base::BootTime at{};               // when the answer was complete: the only place where a sample gets its time
};

// One frame as it was on the wire.
struct CapturedFrame {
  base::BootTime at{};  // its end
  bool sent = false;
  base::Bytes bytes;
  std::string note;  // why it was not taken: "checksum", "late", "foreign unit", "noise"; empty: good
};

struct BusCounters {
  std::uint64_t transactions = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t checksum_errors = 0;
  std::uint64_t late_replies = 0;     // answers to a request that was given up
  std::uint64_t foreign_replies = 0;  // of another unit, function or length
  std::uint64_t noise_bytes = 0;      // belonged to no frame
  std::uint64_t exceptions = 0;
  std::uint64_t opens = 0;
  std::uint64_t failed_opens = 0;
};

class RegisterBus {
 public:
  using Callback = base::UniqueFunction<void(base::Result<BusReply>)>;
  virtual ~RegisterBus() = default;
  // Errors: timeout (device_lost), exception_reply with the code in detail (01-03 skip_point, 0B a timeout of that
  // unit, 0A of the gateway: closed, else retry_later), protocol (retry_later), io / closed (device_lost: the line
  // itself is away; the bus reopens by itself).
  // Requires: no transaction under way.
  virtual void transact(const BusRequest& request, Callback done) = 0;

  // Whether a byte of the request that is being answered may have reached the line: to be asked in its callback.
  [[nodiscard]] virtual bool was_sent() const { return true; }

  // Told each time the line is lost, or cannot be opened again: also while nothing is asked, when no answer would say
  // so. Not inline from within a call; on the bus's Scheduler. The newest listener is the only one.
  using Lost = base::UniqueFunction<void(const base::Error&)>;
  virtual void when_lost(Lost /*listener*/) {}

  // The newest frames, oldest first (a bounded ring).
  [[nodiscard]] virtual std::vector<CapturedFrame> captured() const { return {}; }
  [[nodiscard]] virtual BusCounters counters() const { return {}; }
};

}  // namespace wayside::ports
