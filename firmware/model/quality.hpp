// Quality of a value in OPC UA's terms: severity (good / uncertain / bad) and a sub-status that says why.
// The number is the OPC UA StatusCode (OPC 10000-4, 7.39; OPC 10000-8), so that it means the same elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace wayside::model {

enum class Quality : std::uint32_t {
  good = 0x00000000,
  uncertain = 0x40000000,
  uncertain_last_usable = 0x40900000,    // an older value stands in
  uncertain_initial_value = 0x40920000,  // nothing measured since the start
  uncertain_sensor_not_accurate = 0x40930000,
  uncertain_range_exceeded = 0x40940000,  // outside the unit's valid range
  uncertain_sub_normal = 0x40950000,      // fewer sources than needed; a counter that was reset
  bad = 0x80000000,
  bad_communication_error = 0x80050000,  // an answer came but could not be used
  bad_no_communication = 0x80310000,     // the device does not answer
  bad_invalid_timestamp = 0x80230000,    // measured before the boot or in the future
  bad_configuration_error = 0x80890000,  // the device says it has no such register
  bad_not_connected = 0x808A0000,
  bad_device_failure = 0x808B0000,  // the device reports its own failure
  bad_sensor_failure = 0x808C0000,  // e.g. a zone beyond a fibre break
  bad_out_of_service = 0x808D0000,
};

[[nodiscard]] constexpr bool is_good(Quality q) { return (static_cast<std::uint32_t>(q) >> 30U) == 0; }
[[nodiscard]] constexpr bool is_bad(Quality q) { return (static_cast<std::uint32_t>(q) >> 30U) >= 2; }

// The worse of two: by severity; of equal severity the first.
[[nodiscard]] constexpr Quality worst(Quality a, Quality b) {
  return (static_cast<std::uint32_t>(b) >> 30U) > (static_cast<std::uint32_t>(a) >> 30U) ? b : a;
}

[[nodiscard]] std::string_view to_string(Quality q);

}  // namespace wayside::model
