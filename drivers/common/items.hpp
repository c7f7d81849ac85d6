// Points whose values lie in the answers to numbered items (DL/T 645, CJ/T 188). A point's locator says where:
// "<identifier in hex>[+<offset in bytes>] <format>", such as "0201FF00+2 bcd2"; what the formats are is the family's.
// Points of one identifier share one exchange. Pure functions over values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "device/driver.hpp"

namespace wayside::drivers {

struct Item {
  std::uint32_t id = 0;
  std::size_t offset = 0;  // in the data of the answer, behind the identifier
  std::string format;
};

// Errors (Errc::config): not that form, with the point's name. digits: of the identifier.
[[nodiscard]] base::Result<Item> parse_item(const device::PointSpec& point, std::size_t digits);

// The points of a profile for a family of items, expanded. Errors (Errc::config): what only a register device has
// (registers, groups, set-up and identity registers, writes).
[[nodiscard]] base::Result<std::vector<device::PointSpec>> item_points(const device::DriverConfig& config);

// What is asked in one turn: each identifier once, in the order of the points.
struct ItemTurn {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint32_t> points;  // ascending
};
struct ItemPlan {
  device::ReadPlan plan;
  std::vector<ItemTurn> turns;  // one a group of the plan
};
// Requires: items.size() == points.size().
[[nodiscard]] ItemPlan plan_items(const std::vector<device::PointSpec>& points, const std::vector<Item>& items,
                                  std::chrono::microseconds period, const device::FrameProtocol& protocol);

// The sample of a point whose raw number was found: scale, range, sentinels and bits as for a register.
// Requires: spec.encoding is s64 (item_points sees to that).
[[nodiscard]] model::Sample sample_of_number(const device::PointSpec& spec, std::uint32_t point, std::int64_t raw);

// The number behind "bcd" in "bcd4". None: another word, or not 1..8.
[[nodiscard]] std::optional<std::size_t> width_of(std::string_view format, std::string_view word);

}  // namespace wayside::drivers
