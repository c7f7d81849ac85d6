// What `wayside top` shows: from what the daemon said last, and what the technician chose, to lines of spans. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/chart.hpp"
#include "screen/screen.hpp"
#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

struct Span {
  std::string text;
  screen::Style style = screen::Style::plain;
};
using Spans = std::vector<Span>;

enum class Sort : std::uint8_t { configured, trouble, device, failed };
[[nodiscard]] std::string_view to_string(Sort sort);

// What came with the last look, and what is remembered of those before.
struct TopData {
  control::v1::StatusResponse status;
  control::v1::DevicesResponse devices;
  control::v1::BusesResponse buses;
  control::v1::AlarmsResponse alarms;
  control::v1::CheckupResponse checkup;
  std::map<std::string, control::v1::Point> values;                   // by device: the point that is drawn
  std::map<std::string, std::vector<std::optional<double>>> history;  // by device, of that point
  std::map<std::string, int> use;                                     // by bus: per cent, of late
  std::string problem;                                                // why there is nothing new; empty: there is
};

struct TopState {
  Sort sort = Sort::trouble;
  bool only_bad = false;
  bool paused = false;
  bool help = false;
  std::size_t first = 0;     // device at the top of the list
  std::size_t selected = 0;  // in the list
  double every = 2;          // seconds
};

// Takes an answer in: use of the buses since the one before, one more value of each history.
void remember(TopData& data, const control::v1::CheckupResponse& before, double seconds);

// The devices that are shown, in their order.
[[nodiscard]] std::vector<const control::v1::Device*> listed(const TopData& data, const TopState& state);

struct Page {
  std::vector<Spans> lines;      // at most `rows`
  std::size_t device_rows = 0;   // of them, for devices
  std::size_t first_device = 0;  // the line of the first one
};
// Scrolls so that what is selected can be seen.
[[nodiscard]] Page page(const TopData& data, TopState& state, std::size_t rows, std::size_t columns, Ink ink);

// The device's point that is drawn: a measured number rather than a truth. None: it has no number.
[[nodiscard]] const control::v1::Point* drawn_point(const control::v1::PointsResponse& points,
                                                    const std::string& device);

}  // namespace wayside::cli
