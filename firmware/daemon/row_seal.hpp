// The sealer of the store: the keys of the configuration, for the streams of sensitive data.
#pragma once

#include <memory>

#include "config/gateway_config.hpp"
#include "ports/row_sealer.hpp"

namespace wayside::daemon {

// Reads the keys. Errors: config, which file and what is wrong with it.
[[nodiscard]] base::Result<std::unique_ptr<ports::RowSealer>> make_sealer(const config::SealConfig& config);

}  // namespace wayside::daemon
