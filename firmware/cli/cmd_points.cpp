#include "cli/cmd_points.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr const char* kAll = "all";

struct Arguments {
  std::string device;
  std::string point;
  bool bad = false;
  bool without_sensitive = false;
};

using Points = google::protobuf::RepeatedPtrField<control::v1::Point>;

void print_points(const Points& points) {
  std::vector<Row> rows;
  for (const auto& point : points) {
    rows.push_back({point_name(point), value_text(point), age_text(point), quality_text(point),
                    tr_word(point.data_class()) + (point.derived() ? tr(", derived") : "")});
  }
  print_table({tr("POINT"), tr("VALUE"), tr("AGE"), tr("QUALITY"), tr("CLASS")}, rows, {0, 1});
}

// That it is there may be known, what it says may not.
void withhold(control::v1::Point& point) {
  if (point.data_class() != "sensitive") return;
  point.set_value(tr("(left out)"));
  point.clear_value_name();
  point.clear_number();
  point.clear_unit();
}

int cmd_points(const Common& common, const Arguments& arguments) {
  control::v1::Request request;
  request.mutable_points()->set_device(arguments.device);
  request.mutable_points()->set_bad(arguments.bad);
  int exit_code = 0;
  auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (arguments.without_sensitive) {
    for (auto& point : *response->mutable_points()->mutable_points()) withhold(point);
  }
  const auto& points = response->points().points();
  if (common.json) {
    print_json(response->points());
  } else if (points.empty()) {
    fmt::print("{}\n", arguments.bad ? tr("every point is good") : tr("no points"));
  } else {
    print_points(points);
  }
  return 0;
}

// One: a line for the eye and the clipboard; several: a table.
void print_read(const control::v1::ReadResponse& read) {
  if (!read.from_bus()) {
    tr_print("{}: {}\nthe newest {}:\n", coloured(tr("not read"), Colour::bad), read.reason(),
             read.points_size() == 1 ? tr("sample") : tr("samples"));
  }
  if (read.points_size() != 1) {
    print_points(read.points());
  } else {
    const auto& point = read.points(0);
    fmt::print("{} = {}  [{}]{}\n", point_name(point), value_text(point), quality_text(point),
               read.from_bus() ? "" : tr_format("  {} old", age_text(point)));
  }
  if (read.from_bus()) tr_print("read from the device just now, in {} ms; not recorded\n", read.took_us() / 1000);
}

int cmd_read(const Common& common, const Arguments& arguments) {
  const Interrupt interrupt;
  control::v1::Request request;
  request.mutable_read()->set_device(arguments.device);
  if (arguments.point != kAll) request.mutable_read()->set_point(arguments.point);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code, interrupt.fd());
  if (!response) return exit_code == kStopped ? kExitInterrupted : exit_code;
  const auto& read = response->read();
  if (common.json) {
    print_json(read);
  } else {
    print_read(read);
    if (!read.from_bus() && read.points_size() > 0) {
      tr_print("`wayside why {}` explains it\n", point_name(read.points(0)));
    }
  }
  return read.from_bus() ? 0 : 1;
}

}  // namespace

void add_point_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* points = app.add_subcommand("points", tr("Every point: value, quality, age, class"));
  points->add_option("device", given->device, tr("Only those of this device"));
  points->add_flag("--bad", given->bad, tr("Only those that are not good"));
  points->add_flag("--without-sensitive", given->without_sensitive, tr("Leave out the values of sensitive points"));
  points->callback([&common, &chosen, given] { chosen = [&common, given] { return cmd_points(common, *given); }; });
  auto* read = app.add_subcommand("read", tr("Read a point now over the bus, between the polls"));
  read->add_option("device", given->device, tr("The device"))->required();
  read->add_option("point", given->point, tr("Its point, or 'all'"))->required();
  read->callback([&common, &chosen, given] { chosen = [&common, given] { return cmd_read(common, *given); }; });
}

}  // namespace wayside::cli
