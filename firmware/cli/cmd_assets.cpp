#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000ULL;  // microseconds

std::string day(std::int64_t wall_us) {
  if (wall_us <= 0) return "?";
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(wall_us / 1'000'000)));
}

// 80 columns hold a device and nine figures when a serial is cut; --json and a single device show it whole.
std::string shortened(const std::string& text, std::size_t most) {
  if (text.empty()) return "-";
  return text.size() <= most ? text : text.substr(0, most - 1) + "~";
}

std::string communication(const v1::AssetRecord& asset) {
  if (asset.observed_us() == 0) return "-";
  return fmt::format("{:.1f}%",
                     100.0 * static_cast<double>(asset.running_us()) / static_cast<double>(asset.observed_us()));
}

void print_all(const control::v1::AssetsResponse& response) {
  std::vector<Row> rows;
  for (const auto& a : response.assets()) {
    rows.push_back({shortened(a.device(), 16), shortened(a.serial(), 10), day(a.first_seen_wall_us()),
                    fmt::format("{}", a.running_us() / kHour),
                    a.loads().empty() ? "-" : fmt::format("{}", a.burn_us() / kHour),
                    a.loads().empty() ? "-" : fmt::format("{}", a.switch_cycles()),
                    fmt::format("{}/{}", a.alarms(), a.times_lost()), communication(a)});
  }
  print_table(
      {tr("DEVICE"), tr("SERIAL"), tr("SINCE"), tr("RUN h"), tr("BURN h"), tr("CYCLES"), tr("ALARM/LOST"), tr("COMM")},
      rows);
}

void print_one(const v1::AssetRecord& a) {
  fmt::print("{}  {}  ({})\n", a.device(), a.area(), a.department());
  tr_print("  serial    {}, firmware {}, unit {} at this place\n", a.serial().empty() ? "?" : a.serial(),
           a.firmware().empty() ? "?" : a.firmware(), a.generation());
  tr_print("  since     {}\n", day(a.first_seen_wall_us()));
  tr_print("  answered  {} h of {} h ({}), lost {} times\n", a.running_us() / kHour, a.observed_us() / kHour,
           communication(a), a.times_lost());
  tr_print("  alarms    {} raised\n", a.alarms());
  if (a.loads().empty()) return;
  std::vector<Row> rows;
  for (const auto& load : a.loads()) {
    rows.push_back({"  " + load.name(), load.has_on() ? (load.on() ? tr("on") : tr("off")) : "?",
                    fmt::format("{:.1f}", static_cast<double>(load.on_us()) / static_cast<double>(kHour)),
                    fmt::format("{}", load.cycles())});
  }
  print_table({tr("  LOAD"), tr("NOW"), tr("BURN h"), tr("CYCLES")}, rows);
}

}  // namespace

int cmd_assets(const Common& common) {
  control::v1::Request request;
  request.mutable_assets()->set_device(common.device);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& assets = response->assets();
  if (common.json) {
    print_json(assets);
  } else if (assets.assets().empty()) {
    fmt::print("{}\n", common.device.empty() ? tr("no device has answered yet") : tr("this device has never answered"));
  } else if (common.device.empty()) {
    print_all(assets);
  } else {
    print_one(assets.assets(0));
  }
  return 0;
}

}  // namespace wayside::cli
