#include "model/quality.hpp"

namespace wayside::model {

std::string_view to_string(Quality q) {
  switch (q) {
    case Quality::good: return "good";
    case Quality::uncertain: return "uncertain";
    case Quality::uncertain_last_usable: return "uncertain (last usable value)";
    case Quality::uncertain_initial_value: return "uncertain (no value yet)";
    case Quality::uncertain_sensor_not_accurate: return "uncertain (not accurate)";
    case Quality::uncertain_range_exceeded: return "uncertain (out of range)";
    case Quality::uncertain_sub_normal: return "uncertain (sub-normal)";
    case Quality::bad: return "bad";
    case Quality::bad_communication_error: return "bad (communication error)";
    case Quality::bad_no_communication: return "bad (no communication)";
    case Quality::bad_invalid_timestamp: return "bad (impossible time)";
    case Quality::bad_configuration_error: return "bad (configuration error)";
    case Quality::bad_not_connected: return "bad (not connected)";
    case Quality::bad_device_failure: return "bad (device failure)";
    case Quality::bad_sensor_failure: return "bad (sensor failure)";
    case Quality::bad_out_of_service: return "bad (out of service)";
  }
  return is_good(q) ? "good (unknown sub-status)" : is_bad(q) ? "bad (unknown sub-status)" : "uncertain (unknown)";
}

}  // namespace wayside::model
