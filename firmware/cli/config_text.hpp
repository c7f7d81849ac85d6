// What `wayside config` prints for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

// Lines "+ device lamp-3", "~ device lamp-1  period 1s -> 5s", "- rule supply/low"; without the end of line.
[[nodiscard]] std::vector<std::string> change_lines(const control::v1::ConfigResponse& response);

// What they do: "bus field-1: goes on, 31 % -> 44 % of its time is used", "rules that begin anew: supply/low".
[[nodiscard]] std::vector<std::string> effect_lines(const control::v1::ConfigResponse& response);

// What is at work, and what it waits for: "configuration 8 is at work", and what to do about it.
[[nodiscard]] std::vector<std::string> state_lines(const control::v1::ConfigResponse& response);

}  // namespace wayside::cli
