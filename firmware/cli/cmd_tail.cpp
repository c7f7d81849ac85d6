#include <fmt/format.h>

#include <cstdio>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/text_width.hpp"
#include "control/client.hpp"

namespace wayside::cli {

namespace {

// On a terminal broken between two readings rather than anywhere; asked each time, for windows change their size.
void print_event(const Common& common, const control::v1::TailResponse& event) {
  constexpr std::size_t kIndent = 4;
  constexpr std::size_t kLeast = 20;
  const auto width = terminal_width();
  if (common.json || !width || *width < kLeast) {
    fmt::print("{}\n", common.json ? event.json() : event.line());
    return;
  }
  for (const auto& line : wrapped(event.line(), *width, kIndent)) fmt::print("{}\n", line);
}

}  // namespace

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
    print_event(common, response->tail());
    std::fflush(stdout);
  }
}

}  // namespace wayside::cli
