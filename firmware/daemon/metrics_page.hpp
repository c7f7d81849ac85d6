// How the gateway is, as metrics (docs/metrics.md). Home: core.
#pragma once

#include <string>

#include "base/unique_function.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// Asks the store and every bus; answered on core, later. The gateway must outlive the answer.
using MetricsAnswer = base::UniqueFunction<void(std::string page)>;
void make_metrics_page(const Gateway& gateway, std::uint64_t config_version, MetricsAnswer answer);

}  // namespace wayside::daemon
