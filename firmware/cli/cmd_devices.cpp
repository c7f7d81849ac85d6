#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {

int cmd_devices(const Common& common) {
  control::v1::Request request;
  request.mutable_devices();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->devices());
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& device : response->devices().devices()) {
    const auto state = device.communicating() ? coloured(tr("answers"), Colour::good)
                       : device.line_away()   ? coloured(tr("line away"), Colour::bad)
                                              : coloured(tr("silent"), Colour::bad);
    rows.push_back({device.id(),
                    fmt::format("{}/{}", device.bus(),
                                device.address().empty() ? std::to_string(device.unit()) : device.address()),
                    state, fmt::format("{}/{}", device.points_good(), device.points()),
                    fmt::format("{}", device.polls()), fmt::format("{}", device.failures()),
                    for_people(device.last_answer_us_ago()), device.last_error()});
  }
  print_table({tr("DEVICE"), tr("BUS/UNIT"), tr("STATE"), tr("GOOD"), tr("POLLS"), tr("FAILED"), tr("ANSWERED"),
               tr("LAST ERROR")},
              rows, {1, 0});
  return 0;
}

}  // namespace wayside::cli
