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
  }
  return "?";
}

}  // namespace wayside::model
