// What `waysided --check` says of a configuration, and what a start says of the files beside it. Reads files; before
// the Schedulers run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "uplink/tls_files.hpp"

namespace wayside::daemon {

inline constexpr int kExitConfig = 78;  // EX_CONFIG

// None: no broker is reached by TLS.
[[nodiscard]] std::optional<uplink::TlsFiles> tls_files(const config::GatewayConfig& config);

// What of a good configuration will not work now, but may later: certificates and keys.
[[nodiscard]] std::vector<std::string> look_at_keys(const config::GatewayConfig& config);

// Prints every problem, or what there is. The exit status.
[[nodiscard]] int check(const std::string& file);

}  // namespace wayside::daemon
