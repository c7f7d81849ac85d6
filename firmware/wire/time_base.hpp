// How to turn offsets into dates, as a message. Pure; any thread. Only for wire's own files: it drags protobuf in.
#pragma once

#include "wayside/v1/chunk.pb.h"
#include "wire/envelope.hpp"

namespace wayside::wire {

void fill_time(v1::TimeBase& out, const TimeBase& time);

}  // namespace wayside::wire
