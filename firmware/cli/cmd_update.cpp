#include "cli/cmd_update.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// Part of the image: it belongs to the board's slots and boot loader, not to the gateway (board/image).
constexpr const char* kUpdater = "/usr/lib/wayside/update";

struct Given {
  std::string what;
  bool no_reboot = false;
};

int update(const Given& given) {
  if (::access(kUpdater, X_OK) != 0) {
    tr_error(
        "wayside: no updates here: this machine was not made from an image of wayside. Where the package is "
        "installed, apt updates it\n");
    return kExitUnavailable;
  }
  if (::geteuid() != 0) {
    tr_error("wayside: an update writes to the disk beside the running system: run it as root\n");
    return 1;
  }
  // It takes over this process: its progress, its exit status, its Ctrl-C.
  ::execl(kUpdater, kUpdater, given.what.c_str(), given.no_reboot ? "--no-reboot" : nullptr, nullptr);
  fmt::print(stderr, "wayside: {}: {}\n", kUpdater, std::strerror(errno));
  return 1;
}

}  // namespace

void add_update(CLI::App& app, std::function<int()>& chosen) {
  const auto given = std::make_shared<Given>();
  auto* sub =
      app.add_subcommand("update", tr("Another version of the whole system (board images): file, URL or `status`"));
  sub->add_option("what", given->what, tr("A signed update (.raucb), its URL, or `status`"))->required();
  sub->add_flag("--no-reboot", given->no_reboot, tr("Start it with the next reboot, not now"));
  sub->callback([&chosen, given] { chosen = [given] { return update(*given); }; });
}

}  // namespace wayside::cli
