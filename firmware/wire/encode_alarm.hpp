// An alarm's transition as a message: for chunks, and for notices. Pure; any thread.
#pragma once

#include "model/alarm.hpp"
#include "wayside/v1/alarm.pb.h"

namespace wayside::wire {

// `durable` is left as it is.
[[nodiscard]] v1::AlarmState state_of(model::AlarmState state);

void fill_alarm(v1::AlarmTransition& out, const model::AlarmTransition& alarm);

}  // namespace wayside::wire
