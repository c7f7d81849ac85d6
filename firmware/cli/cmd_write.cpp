#include "cli/cmd_write.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr int kExitNotConfirmed = 8;

struct Arguments {
  std::string device;
  std::string point;
  std::string value;
  std::string by;
  std::string id;
  double expires_s = 10;
  double span_s = 30 * 60;
  bool yes = false;
};

int exit_of(const std::string& outcome) {
  static const std::map<std::string, int> kExits{{"done", 0},    {"refused", 3}, {"not_fulfilled", 4},
                                                 {"expired", 5}, {"failed", 6},  {"interrupted", 7}};
  const auto found = kExits.find(outcome);
  return found == kExits.end() ? 1 : found->second;
}

std::int64_t microseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e6); }

control::v1::WriteRequest to_request(const Arguments& arguments) {
  control::v1::WriteRequest out;
  out.set_device(arguments.device);
  out.set_point(arguments.point);
  out.set_value(arguments.value);
  out.set_expires_us(microseconds(arguments.expires_s));
  out.set_by(arguments.by);
  out.set_id(arguments.id);
  return out;
}

std::string with_unit(const std::string& value, const std::string& unit) {
  return unit.empty() || unit == "1" ? value : value + " " + unit;
}

// What a technician must know before he puts his hands on the device.
std::string written_for_people(const std::string& written) {
  if (written == "no") return tr("no; the device got nothing of it, or said that it did nothing");
  if (written == "yes") return tr("yes; the device took it");
  return tr("not known; it was on its way, and the device may have acted, or may yet act");
}

int not_sent() {
  tr_error("\nwayside: interrupted; nothing was sent\n");
  return kExitInterrupted;
}

// Shows what would be done and asks. 0: go on; otherwise the exit status.
int confirm(const Common& common, const Arguments& arguments, const Interrupt& interrupt) {
  control::v1::Request request;
  *request.mutable_check_command()->mutable_write() = to_request(arguments);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code, interrupt.fd());
  if (!response) return exit_code == kStopped ? not_sent() : exit_code;
  const auto& check = response->check_command();
  tr_error("device   {}  {}\npoint    {}  {}\nnow      {}  [{}]\nto       {}\n", arguments.device, check.title(),
           arguments.point, check.meaning(), with_unit(check.present(), check.unit()), check.present_quality(),
           with_unit(check.value(), check.unit()));
  if (!check.refusal().empty()) {
    tr_error("wayside: refused: {}\n", check.refusal());
    return exit_of("refused");
  }
  if (::isatty(STDIN_FILENO) == 0) {
    tr_error("wayside: not written: no one is there to confirm it; --yes writes without asking\n");
    return kExitNotConfirmed;
  }
  tr_error("write it? [y/N] ");
  if (!interrupt.wait_for(STDIN_FILENO)) return not_sent();
  std::string line;
  if (!std::getline(std::cin, line) || (line != "y" && line != "yes")) {
    tr_error("wayside: not written\n");
    return kExitNotConfirmed;
  }
  return 0;
}

void print_result(const Arguments& arguments, const control::v1::WriteResponse& result, int status) {
  fmt::print("{}  {}.{} = {}\n", coloured(tr_word(result.outcome()), status == 0 ? Colour::good : Colour::bad),
             arguments.device, arguments.point, with_unit(result.value(), result.unit()));
  if (!result.reason().empty()) fmt::print("  {}\n", result.reason());
  if (result.measured_after_us() > 0) {
    tr_print("  {} = {} [{}], measured after {} ms\n", result.measured_point(), result.measured(),
             tr_word(result.measured_quality()), result.measured_after_us() / 1000);
  }
  tr_print("  written: {}\n", written_for_people(result.written()));
  tr_print("  asked by {}, command {}\n", result.by(), result.id());
}

int cmd_write(const Common& common, Arguments arguments) {
  const Interrupt interrupt;
  // Drawn here, so that it can be told before there is an answer.
  base::SystemRandom random;
  if (arguments.id.empty()) arguments.id = base::to_hex(random.next()) + base::to_hex(random.next());
  if (!arguments.yes) {
    if (const int status = confirm(common, arguments, interrupt); status != 0) return status;
  }
  if (interrupt.is_pending()) return not_sent();
  control::v1::Request request;
  *request.mutable_write() = to_request(arguments);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code, interrupt.fd());
  if (!response && exit_code == kStopped) {
    tr_error(
        "\nwayside: interrupted; command {0} was sent and goes on\n"
        "wayside: the same `wayside write` with --id {0} does not write again: it says what became of it\n",
        arguments.id);
    return kExitInterrupted;
  }
  if (!response) return exit_code;
  const auto& result = response->write();
  const int status = exit_of(result.outcome());
  if (common.json) {
    print_json(result);
  } else {
    print_result(arguments, result, status);
  }
  return status;
}

int print_holds(const Common& common, const control::v1::Request& request, std::string_view none) {
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->holds());
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& hold : response->holds().holds()) {
    rows.push_back({hold.device(), for_people(hold.left_us()), hold.by()});
  }
  if (rows.empty() || request.has_release()) {
    fmt::print("{}\n", none);
  } else {
    print_table({tr("DEVICE"), tr("LEFT"), tr("HELD BY")}, rows);
  }
  return 0;
}

void add_write(CLI::App& app, const Common& common, std::function<int()>& chosen,
               const std::shared_ptr<Arguments>& given, const CLI::AsNumberWithUnit& span) {
  auto* sub = app.add_subcommand("write", tr("Write a value to a point, read it back, and say what became of it"));
  sub->add_option("device", given->device, tr("The device"))->required();
  sub->add_option("point", given->point, tr("Its point"))->required();
  sub->add_option("value", given->value, tr("on, off, a number, or a name of the point's values"))->required();
  sub->add_flag("--yes", given->yes, tr("Do not ask"));
  sub->add_option("--expires", given->expires_s, tr("Not written by then, it is dead (10s; at most 10m)"))
      ->transform(span);
  sub->add_option("--by", given->by, tr("Who you are, where several share the account"));
  sub->add_option("--id", given->id, tr("The same id is carried out once, however often it is asked"));
  sub->callback([&common, &chosen, given] { chosen = [&common, given] { return cmd_write(common, *given); }; });
}

void add_holds(CLI::App& app, const Common& common, std::function<int()>& chosen,
               const std::shared_ptr<Arguments>& given, const CLI::AsNumberWithUnit& span) {
  auto* hold = app.add_subcommand("hold", tr("Take a device for yourself: no one else's command reaches it"));
  hold->add_option("device", given->device, tr("The device"))->required();
  hold->add_option("--for", given->span_s, tr("For how long (30m; at most 24h)"))->transform(span);
  hold->add_option("--by", given->by, tr("Who you are, where several share the account"));
  hold->callback([&common, &chosen, given] {
    chosen = [&common, given] {
      control::v1::Request request;
      request.mutable_hold()->set_device(given->device);
      request.mutable_hold()->set_span_us(microseconds(given->span_s));
      request.mutable_hold()->set_by(given->by);
      return print_holds(common, request, "");
    };
  });
  auto* release = app.add_subcommand("release", tr("Give a device back"));
  release->add_option("device", given->device, tr("The device"))->required();
  release->add_option("--by", given->by, tr("Who you are, where several share the account"));
  release->callback([&common, &chosen, given] {
    chosen = [&common, given] {
      control::v1::Request request;
      request.mutable_release()->set_device(given->device);
      request.mutable_release()->set_by(given->by);
      return print_holds(common, request, tr("released"));
    };
  });
  app.add_subcommand("holds", tr("Devices that someone has taken for himself"))->callback([&common, &chosen] {
    chosen = [&common] {
      control::v1::Request request;
      request.mutable_holds();
      return print_holds(common, request, tr("no device is held"));
    };
  });
}

}  // namespace

void add_write_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  const CLI::AsNumberWithUnit span(std::map<std::string, double>{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}},
                                   CLI::AsNumberWithUnit::UNIT_REQUIRED, "SPAN");
  add_write(app, common, chosen, given, span);
  add_holds(app, common, chosen, given, span);
}

}  // namespace wayside::cli
