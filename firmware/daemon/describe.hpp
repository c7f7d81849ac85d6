// An event as a line for people and as JSON, for `wayside tail`. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/event.hpp"
#include "model/point_table.hpp"

namespace wayside::daemon {

struct Description {
  std::string device;  // empty: the gateway itself
  std::string line;
  std::string json;
};

// What stands for something of class sensitive where it may not be seen.
inline constexpr const char* kHidden = "(hidden)";
enum class Sensitive : std::uint8_t { shown, hidden };

// `wall`: the date of the event, where it is known; otherwise seconds since the boot are shown.
[[nodiscard]] Description describe(const model::Event& event, const model::PointTable& points,
                                   std::optional<base::WallTime> wall, Sensitive sensitive = Sensitive::shown);

// A value for people with all of its digits: the shortest text that is read back as the same number.
[[nodiscard]] std::string exact(const model::Value& value);

}  // namespace wayside::daemon
