// `wayside why` in plain language: from what the daemon tells to lines for a person who was not there. Pure, but for
// the colour.
#pragma once

#include <string>
#include <vector>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

struct Line {
  std::string label;  // empty: belongs to the line before
  std::string text;
  bool whole = false;  // bytes: never wrapped
};

[[nodiscard]] std::vector<Line> explain(const control::v1::WhyPoint& why);
[[nodiscard]] std::vector<Line> explain(const control::v1::WhyAlarm& why);

// The device and the way to it: first what is wrong with the bus, then with the device.
void explain_device(const control::v1::WhyDevice& why, std::vector<Line>& out);
// In one sentence what keeps the device from answering; empty: it answers.
[[nodiscard]] std::string silence(const control::v1::WhyDevice& why);

}  // namespace wayside::cli
