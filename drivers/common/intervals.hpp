// Detectors that tell what they counted in one interval after another: totals without end, kept over restarts, and
// what an interval adds to them. Pure functions over values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "common/named_items.hpp"

namespace wayside::drivers {

// How an interval stands to the last one counted.
enum class IntervalStep : std::uint8_t {
  first,      // nothing to compare with
  next,       // follows without a gap
  repeated,   // the same one once more: adds nothing
  gap,        // later: intervals between were missed; adds what it has
  discarded,  // nobody can say what it overlaps with (the device's clock was set): adds nothing
};

// By "<item>-<lane>", so that lanes can come and go in the config.
using Totals = std::map<std::string, std::int64_t>;

// Puts `item` (the total), `<item>_delta` (counted since the last good sample) and `<item>_flow` ("flow" for volume;
// per hour) of a lane, and adds to `totals` what the step allows.
// counted: none if the device has no valid count. period: length of the interval in seconds.
void put_count(std::string_view item, int lane, std::optional<std::int64_t> counted, IntervalStep step, double period,
               Totals& totals, Readings& out);

void write_totals(base::ByteWriter& out, const Totals& totals);
// None: more than a device can have, or a count that is not sane.
[[nodiscard]] std::optional<Totals> read_totals(base::ByteReader& in);

// Seconds since 1970 of a date of the Gregorian calendar as a device shows it, or none if there is no such date.
[[nodiscard]] std::optional<std::int64_t> seconds_of(int year, int month, int day, int hour, int minute, int second);

}  // namespace wayside::drivers
