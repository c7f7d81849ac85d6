// A message as bytes with its maps in a fixed order: the same message gives the same bytes, in every run. Pure; any
// thread. Only for wire's own files: it drags protobuf in.
#pragma once

#include <google/protobuf/message_lite.h>

#include "base/bytes.hpp"

namespace wayside::wire {

[[nodiscard]] base::Bytes encode_in_fixed_order(const google::protobuf::MessageLite& message);

}  // namespace wayside::wire
