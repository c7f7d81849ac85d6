// What of the gateway's doings belongs into the audit trail, and in which words. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "model/alarm_order.hpp"
#include "model/event.hpp"

namespace wayside::pipeline {

// None: nobody did it (a reading, an alarm's own life).
[[nodiscard]] std::optional<model::AuditNote> note_of(const model::Event& event);

// `refusal`: empty where it was carried out.
[[nodiscard]] model::AuditNote note_of(const model::AlarmOrder& order, const std::string& refusal);

}  // namespace wayside::pipeline
