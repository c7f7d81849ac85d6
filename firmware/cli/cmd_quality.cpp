#include <fmt/format.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// Rounded down to a tenth: only what is whole shows 100.
std::string percent(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return "-";
  const auto tenths = std::min(part, all) * 1000 / all;
  const auto text = tenths == 1000 ? std::string("100") : fmt::format("{}.{}", tenths / 10, tenths % 10);
  return tenths >= 990 ? text : coloured(text, Colour::bad);
}

// Completeness, accuracy, consistency, timeliness: as proto/wayside/v1/quality.proto says.
void add(Row& row, const v1::QualityMeasures& m) {
  row.push_back(percent(m.received(), m.expected()));
  for (const auto wrong : {m.inaccurate(), m.inconsistent(), m.late()}) {
    row.push_back(percent(m.judged() - std::min(wrong, m.judged()), m.judged()));
  }
}

Row row_of(const std::string& name, const v1::QualityMeasures& hour, const v1::QualityMeasures& day) {
  // Eight figures take 50 columns.
  Row row{name.size() <= 28 ? name : "~" + name.substr(name.size() - 27)};
  add(row, hour);
  add(row, day);
  return row;
}

}  // namespace

int cmd_quality(const Common& common) {
  control::v1::Request request;
  request.mutable_quality()->set_device(common.device);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->quality());
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& device : response->quality().devices()) {
    rows.push_back(row_of(device.device(), device.hour(), device.day()));
    for (const auto& point : device.points()) rows.push_back(row_of("  " + point.point(), point.hour(), point.day()));
  }
  tr_print("% of samples: complete, accurate, consistent, timely (hour | day)\n");
  print_table({tr("DEVICE"), tr("COMP"), tr("ACCU"), tr("CONS"), tr("TIMELY"), tr("COMP"), tr("ACCU"), tr("CONS"),
               tr("TIMELY")},
              rows);
  return 0;
}

}  // namespace wayside::cli
