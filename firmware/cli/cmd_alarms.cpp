#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace wayside::cli {

int cmd_alarms(const Common& common) {
  control::v1::Request request;
  request.mutable_alarms();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->alarms());
    return 0;
  }
  if (response->alarms().alarms().empty()) {
    fmt::print("no alarms\n");
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& alarm : response->alarms().alarms()) {
    const auto seconds = static_cast<std::time_t>(alarm.since_wall_us() / 1'000'000);
    const auto since = seconds == 0 ? "?" : fmt::format("{:%m-%d %H:%M:%S}Z", fmt::gmtime(seconds));
    rows.push_back({coloured(alarm.severity(), Colour::bad), alarm.state(), since, alarm.device(), alarm.department(),
                    alarm.summary()});
  }
  print_table({"SEVERITY", "STATE", "SINCE", "DEVICE", "FOR", "WHAT"}, rows, {4, 3});
  return 0;
}

}  // namespace wayside::cli
