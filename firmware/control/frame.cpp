#include "control/frame.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>

namespace wayside::control {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

std::string to_frame(const google::protobuf::MessageLite& message) {
  const std::string body = message.SerializeAsString();
  std::string out(CodedOutputStream::VarintSize64(body.size()), '\0');
  CodedOutputStream::WriteVarint64ToArray(body.size(), reinterpret_cast<std::uint8_t*>(out.data()));
  return out + body;
}

base::Result<bool> take_message(std::string& buffer, google::protobuf::MessageLite& message) {
  constexpr std::size_t kMostLengthBytes = 10;
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(buffer.data()), static_cast<int>(buffer.size()));
  std::uint64_t length = 0;
  if (!in.ReadVarint64(&length)) {
    if (buffer.size() < kMostLengthBytes) return false;
    return base::Error{base::Errc::protocol, base::Consequence::drop_record, "not a length"};
  }
  if (length > kMaxMessage) {
    return base::Error{base::Errc::protocol, base::Consequence::drop_record, "a message longer than allowed"};
  }
  const auto start = static_cast<std::size_t>(in.CurrentPosition());
  if (buffer.size() - start < length) return false;
  if (!message.ParseFromArray(buffer.data() + start, static_cast<int>(length))) {
    return base::Error{base::Errc::protocol, base::Consequence::drop_record, "not a message of this protocol"};
  }
  buffer.erase(0, start + static_cast<std::size_t>(length));
  return true;
}

}  // namespace wayside::control
