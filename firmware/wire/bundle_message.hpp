// A bundle out of its message. Only for wire's own files: it drags protobuf in.
#pragma once

#include "base/result.hpp"
#include "model/config_version.hpp"
#include "wayside/v1/config.pb.h"

namespace wayside::wire {

// Errors: corrupt (its main file is not among the files, a path twice).
[[nodiscard]] base::Result<model::ConfigBundle> bundle_of(const v1::ConfigBundle& message);

}  // namespace wayside::wire
