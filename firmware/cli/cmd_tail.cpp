#include <fmt/format.h>

#include <cstdio>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "control/client.hpp"

namespace wayside::cli {

int cmd_tail(const Common& common) {
  control::v1::Request request;
  request.mutable_tail()->set_device(common.device);
  auto client = control::Client::connect(common.socket);
  if (!client) {
    fmt::print(stderr, "wayside: {}\n", client.error().what);
    return kExitUnavailable;
  }
  if (const auto sent = client->send(request); !sent) {
    fmt::print(stderr, "wayside: {}\n", sent.error().what);
    return kExitUnavailable;
  }
  for (;;) {
    const auto response = client->receive();
    if (!response) {
      fmt::print(stderr, "wayside: {}\n", response.error().what);
      return 1;
    }
    fmt::print("{}\n", common.json ? response->tail().json() : response->tail().line());
    std::fflush(stdout);
  }
}

}  // namespace wayside::cli
