#include <fmt/format.h>

#include <vector>

#include "cli/command.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/quiet.hpp"
#include "cli/translation.hpp"
#include "control/frame.hpp"

namespace wayside::cli {
namespace {

// None: no daemon answers, or one that does not know the question; `why` says which.
std::optional<control::v1::VersionResponse> ask_version(const std::string& socket, std::string& why) {
  control::v1::Request request;
  request.mutable_version();
  const auto response = ask_quietly(socket, request, why);
  if (!response) return std::nullopt;
  return response->version();
}

void print_text(const std::optional<control::v1::VersionResponse>& daemon, const std::string& why) {
  tr_print("wayside   {}  protocol {}\n", WAYSIDE_VERSION, control::kProtocolVersion);
  if (!daemon) {
    tr_print("waysided  not known: {}\n", why);
    return;
  }
  tr_print("waysided  {}  protocol {}\n", daemon->version(), daemon->protocol());
  for (const auto* name : {"sqlite", "paho", "openssl"}) {
    const auto found = daemon->libraries().find(name);
    if (found != daemon->libraries().end()) fmt::print("{:<9} {}\n", name, found->second);
  }
  if (daemon->version() != WAYSIDE_VERSION) {
    fmt::print("{}\n",
               coloured(tr("the two are not of one release: restart the service after an update"), Colour::bad));
  }
}

void print_values(const std::optional<control::v1::VersionResponse>& daemon, const std::string& why) {
  std::string libraries;
  for (const auto* name : {"sqlite", "paho", "openssl"}) {
    if (!daemon || !daemon->libraries().contains(name)) continue;
    libraries +=
        (libraries.empty() ? "" : ", ") + json_object({{name, json_text(daemon->libraries().at(name))}}).substr(1);
    libraries.pop_back();
  }
  const auto told = daemon ? json_object({{"version", json_text(daemon->version())},
                                          {"protocol", std::to_string(daemon->protocol())},
                                          {"libraries", "{" + libraries + "}"}})
                           : std::string("null");
  fmt::print("{}\n", json_object({{"wayside", json_object({{"version", json_text(WAYSIDE_VERSION)},
                                                           {"protocol", std::to_string(control::kProtocolVersion)}})},
                                  {"waysided", told},
                                  {"problem", json_text(why)}}));
}

}  // namespace

// Also without a daemon: what this program is, it knows itself.
int cmd_version(const Common& common) {
  std::string why;
  const auto daemon = ask_version(common.socket, why);
  if (common.json) {
    print_values(daemon, why);
  } else {
    print_text(daemon, why);
  }
  return 0;
}

}  // namespace wayside::cli
