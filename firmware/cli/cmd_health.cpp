#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/health.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {

int cmd_health(const Common& common) {
  control::v1::Request about_status;
  about_status.mutable_status();
  control::v1::Request about_devices;
  about_devices.mutable_devices();
  control::v1::Request about_buses;
  about_buses.mutable_buses();
  int exit_code = 0;
  const auto status = ask(common, about_status, exit_code);
  const auto devices = status ? ask(common, about_devices, exit_code) : std::nullopt;
  const auto buses = devices ? ask(common, about_buses, exit_code) : std::nullopt;
  if (!buses) return exit_code;
  const auto found = ailments(status->status(), devices->devices(), buses->buses());
  if (common.json) {
    std::vector<std::string> reasons;
    for (const auto& one : found) {
      reasons.push_back(json_object({{"part", json_text(one.part)}, {"what", json_text(one.what)}}));
    }
    fmt::print("{}\n", json_object({{"healthy", found.empty() ? "true" : "false"}, {"reasons", json_list(reasons)}}));
  } else if (found.empty()) {
    fmt::print("{}\n", coloured(tr("well"), Colour::good));
  } else {
    for (const auto& one : found)
      print_wrapped(coloured(tr("degraded"), Colour::bad), 10, tr_word(one.part) + ": " + one.what);
  }
  return found.empty() ? 0 : 1;
}

}  // namespace wayside::cli
