// Messages on the control socket: a varint length, then the protobuf message. Pure: bytes in, message out.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace wayside::control {

// Of the messages. Grows when one of them changes its meaning; new ones and new fields leave it as it is.
inline constexpr std::uint32_t kProtocolVersion = 1;

inline constexpr std::size_t kMaxMessage = 16 * 1024 * 1024;

[[nodiscard]] std::string to_frame(const google::protobuf::MessageLite& message);

// Takes one message from the front of `buffer`. False: more bytes are needed.
// Errc::protocol: not a frame of ours; the connection is to be closed.
[[nodiscard]] base::Result<bool> take_message(std::string& buffer, google::protobuf::MessageLite& message);

}  // namespace wayside::control
