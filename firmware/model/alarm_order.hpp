// What a person asks of an alarm. Made from a request at the control socket (or of the platform), carried out by the
// rules. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/audit.hpp"

namespace wayside::model {

enum class AlarmVerb : std::uint8_t { acknowledge, reset, shelve, unshelve, take_out_of_service, put_in_service };

[[nodiscard]] constexpr std::string_view to_string(AlarmVerb verb) {
  switch (verb) {
    case AlarmVerb::acknowledge: return "acknowledge";
    case AlarmVerb::reset: return "reset";
    case AlarmVerb::shelve: return "shelve";
    case AlarmVerb::unshelve: return "unshelve";
    case AlarmVerb::take_out_of_service: return "take out of service";
    case AlarmVerb::put_in_service: return "put in service";
  }
  return "?";
}

struct AlarmOrder {
  AlarmVerb verb = AlarmVerb::acknowledge;
  std::string alarm;                 // identity, "group/name device[ instance]"
  std::string by;                    // who asks, as events tell it
  std::string reason;                // needed where an alarm gets hidden
  std::chrono::microseconds span{};  // of shelve
  AuditOrigin origin = AuditOrigin::local;
  std::string order = {};  // idempotency key of the platform; empty: it had none
};

}  // namespace wayside::model
