#include "cli/cmd_bus.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/bytes.hpp"
#include "cli/bus_probe.hpp"
#include "cli/bus_scan.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr int kExitIo = 74;

struct BusOptions {
  std::string bus;
  std::string out;
};

Row row_of(const control::v1::Bus& bus) {
  const auto answering = fmt::format("{}/{}", bus.devices_communicating(), bus.devices());
  const bool all = bus.devices_communicating() == bus.devices() && !bus.line_away();
  const auto wrong = bus.checksum_errors() + bus.foreign_replies();
  return {bus.id(),
          bus.line_away() ? coloured(tr("away"), Colour::bad) : coloured(tr("open"), Colour::good),
          coloured(answering, all ? Colour::good : Colour::bad),
          std::to_string(bus.transactions()),
          std::to_string(bus.timeouts()),
          std::to_string(bus.late_replies()),
          std::to_string(wrong),
          std::to_string(bus.noise_bytes()),
          bus.transport()};
}

int list(const Common& common) {
  control::v1::Request request;
  request.mutable_buses();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->buses());
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& bus : response->buses().buses()) rows.push_back(row_of(bus));
  print_table({tr("BUS"), tr("LINE"), tr("ANSWER"), tr("ASKED"), tr("SILENT"), tr("LATE"), tr("WRONG"), tr("NOISE"),
               tr("WHERE")},
              rows, {0});
  return 0;
}

void print_frames(const control::v1::CaptureResponse& capture) {
  constexpr std::size_t kMostShown = 24;  // bytes: fits 80 columns
  for (const auto& frame : capture.frames()) {
    const auto& text = frame.bytes();
    const base::Bytes bytes(text.begin(),
                            text.begin() + static_cast<std::ptrdiff_t>(std::min(kMostShown, text.size())));
    tr_print("{:>12.6f} s ago  {}  {}{}{}\n", static_cast<double>(frame.us_ago()) / 1e6, frame.sent() ? "->" : "<-",
             base::to_hex(bytes), text.size() > kMostShown ? tr_format(".. ({} bytes)", text.size()) : "",
             frame.note().empty() ? "" : "  " + coloured(frame.note(), Colour::bad));
  }
}

int write_file(const std::string& path, const std::string& bytes, int frames) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    tr_error("wayside: cannot write {}: {}\n", path, std::strerror(errno));
    return kExitIo;
  }
  tr_print("{}: {} frames, {}; open it with Wireshark\n", path, frames, bytes_for_people(bytes.size()));
  return 0;
}

int capture(const Common& common, const BusOptions& options) {
  control::v1::Request request;
  request.mutable_capture()->set_bus(options.bus);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& found = response->capture();
  if (!options.out.empty()) return write_file(options.out, found.pcap(), found.frames_size());
  if (common.json) {
    print_json(found);
  } else if (found.frames().empty()) {
    tr_print("no frames yet\n");
  } else {
    print_frames(found);
  }
  return 0;
}

}  // namespace

void add_bus_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* bus =
      app.add_subcommand("bus", tr("Buses: what they say of themselves, their newest frames, and who is on them"));
  bus->require_subcommand(1);
  bus->add_subcommand("list", tr("Every bus: its line, its devices, what went wrong on it"))
      ->callback([&common, &chosen] { chosen = [&common] { return list(common); }; });
  auto options = std::make_shared<BusOptions>();
  auto* capture_command = bus->add_subcommand("capture", tr("The newest frames of a bus"));
  capture_command->add_option("bus", options->bus, tr("Its id"))->required();
  capture_command->add_option("--out", options->out, tr("Write a pcap file for Wireshark instead of printing"));
  capture_command->callback(
      [&common, &chosen, options] { chosen = [&common, options] { return capture(common, *options); }; });
  add_bus_scan(*bus, common, chosen);
  add_bus_probe(*bus, common, chosen);
}

}  // namespace wayside::cli
