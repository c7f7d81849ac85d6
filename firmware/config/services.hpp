// The sections of gateway.yaml about the gateway's own parts: store, control, clock, log (uplink.hpp: the link).
// Private to config; the reader's thread; nothing throws. What is wrong becomes a problem.
#pragma once

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

[[nodiscard]] StoreConfig read_store(const Value& value);

[[nodiscard]] AuditConfig read_audit(const Value& value);

// The control socket's path.
[[nodiscard]] std::string read_control(const Value& value);

// {listen} or {socket}.
[[nodiscard]] MetricsConfig read_metrics(const Value& value);

[[nodiscard]] ClockTrust read_clock(const Value& value);

// {latitude, longitude}.
[[nodiscard]] model::Position read_position(const Value& value);
// An IANA time zone, by its form.
void read_time_zone(const Value& value, std::string& zone, model::SourcePlace& place);

// {period}: how often the gateway tells how it is itself.
[[nodiscard]] std::chrono::microseconds read_health(const Value& value);

[[nodiscard]] base::log::Level read_log(const Value& value);

}  // namespace wayside::config
