// One question to the daemon of which nothing is printed: for what goes on without an answer. `ask` of output.hpp is
// for all else.
#pragma once

#include <optional>
#include <string>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

// None: no daemon answers, or it answers with an error; `why` says which. `stop`: as of control::Client::receive.
[[nodiscard]] std::optional<control::v1::Response> ask_quietly(const std::string& socket,
                                                               const control::v1::Request& request, std::string& why,
                                                               int stop = -1);

}  // namespace wayside::cli
