#include "model/alarm.hpp"

namespace wayside::model {

std::string_view to_string(AlarmState state) {
  switch (state) {
    case AlarmState::normal: return "normal";
    case AlarmState::raised: return "raised";
    case AlarmState::acknowledged: return "acknowledged";
    case AlarmState::returned: return "returned";
    case AlarmState::shelved: return "shelved";
    case AlarmState::suppressed: return "suppressed";
    case AlarmState::out_of_service: return "out of service";
    case AlarmState::latched: return "latched";
  }
  return "?";
}

std::string_view to_string(TransitionCause cause) {
  switch (cause) {
    case TransitionCause::condition: return "condition";
    case TransitionCause::cleared: return "cleared";
    case TransitionCause::removed: return "removed";
    case TransitionCause::acknowledged: return "acknowledged";
    case TransitionCause::reset: return "reset";
    case TransitionCause::shelved: return "shelved";
    case TransitionCause::unshelved: return "unshelved";
    case TransitionCause::shelf_expired: return "shelf_expired";
    case TransitionCause::suppressed: return "suppressed";
    case TransitionCause::unsuppressed: return "unsuppressed";
    case TransitionCause::out_of_service: return "out_of_service";
    case TransitionCause::in_service: return "in_service";
    case TransitionCause::re_alarm: return "re_alarm";
    case TransitionCause::escalated: return "escalated";
    case TransitionCause::stale: return "stale";
  }
  return "?";
}

}  // namespace wayside::model
