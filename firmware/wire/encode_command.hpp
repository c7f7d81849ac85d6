// What came of a command, as a message: in its event and in the answer to who asked. Pure; any thread. Only for wire's
// own files: it drags protobuf in.
#pragma once

#include "model/command.hpp"
#include "wayside/v1/command.pb.h"

namespace wayside::wire {

void fill_command(v1::CommandResult& out, const model::CommandResult& command);

}  // namespace wayside::wire
