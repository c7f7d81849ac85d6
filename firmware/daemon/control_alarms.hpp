// Alarms asked over the control socket: what stands, what people do to them, what has been, and the figures.
// Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

void fill_alarm(const Gateway& gateway, const model::AlarmRecord& alarm, control::v1::Alarm& out);
// Of one alarm of which nothing is kept: an error with the nearest.
void fill_history(const Gateway& gateway, const control::v1::AlarmHistoryRequest& request,
                  control::v1::Response& response);

[[nodiscard]] bool is_about_alarms(const control::v1::Request& request);

// Requires: is_about_alarms(request); the gateway outlives the pending answer.
void handle_alarms(Gateway& gateway, const control::v1::Request& request, const control::Peer& peer,
                   control::Answer answer);

// What status says of them.
void fill_alarm_status(const Gateway& gateway, control::v1::StatusResponse& out);

}  // namespace wayside::daemon
