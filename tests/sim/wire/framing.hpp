// The two framings of Modbus as a slave sees them: RTU (address, PDU, CRC, silence) and TCP (MBAP header). Pure: bytes
// in, requests out; the transports own the clock and the descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace wayside::sim {

struct RtuRequest {
  std::uint8_t unit;
  base::Bytes pdu;
  std::size_t wire_bytes;  // with address and CRC
};

class RtuReceiver {
 public:
  // A whole request with a good CRC, once its length is known from its function; otherwise it waits.
  [[nodiscard]] std::optional<RtuRequest> feed(base::ByteView bytes);
  // The line was silent for 3.5 characters: what has come is one frame, or nothing.
  [[nodiscard]] std::optional<RtuRequest> silence();
  [[nodiscard]] std::size_t discarded() const { return discarded_; }  // bytes of no good frame

 private:
  [[nodiscard]] std::optional<RtuRequest> take();
  base::Bytes bytes_;
  std::size_t discarded_ = 0;
};

[[nodiscard]] base::Bytes rtu_frame(std::uint8_t unit, base::ByteView pdu);

struct TcpRequest {
  std::uint16_t transaction;
  std::uint8_t unit;
  base::Bytes pdu;
};

class TcpReceiver {
 public:
  void feed(base::ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  // The next whole request, oldest first.
  [[nodiscard]] std::optional<TcpRequest> next();
  // The stream is no Modbus TCP (protocol number or length): nothing more will come, close it.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  base::Bytes bytes_;
  bool broken_ = false;
};

[[nodiscard]] base::Bytes tcp_frame(std::uint16_t transaction, std::uint8_t unit, base::ByteView pdu);

}  // namespace wayside::sim
