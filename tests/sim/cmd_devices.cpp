#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "sim/command.hpp"
#include "sim/host.hpp"

namespace wayside::sim {
namespace {

// At once, also into a pipe: scripts wait for these lines.
void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int fail(const std::string& what) {
  fmt::print(stderr, "wayside-sim: {}\n", what);
  return 1;
}

std::optional<double> speed_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0.001 && value <= 3600)) return {};
  return value;
}

int run_devices(const Arguments& arguments) {
  auto scene = load_scene(arguments.get("scene"));
  if (!scene) return fail(scene.error().what);
  if (arguments.has("--speed")) {
    const auto speed = speed_of(arguments.get("--speed"));
    if (!speed) return fail("--speed must be within 0.001..3600");
    scene->speed = *speed;
  }
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  auto host = Host::start(io, *scene, arguments.get("--control"), say);
  if (!host) return fail(host.error().what);
  const std::string ready = arguments.get("--ready-file");
  if (!ready.empty()) {
    if (const auto written = write_ready_file(ready, **host); !written) return fail(written.error().what);
  }
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  say(fmt::format("started {} devices on {} lines, speed {}", scene->devices.size(), scene->lines.size(),
                  scene->speed));
  io.run();
  std::error_code ignored;
  if (!ready.empty()) std::filesystem::remove(ready, ignored);
  say("stopped");
  return 0;
}

}  // namespace

Command devices_command() {
  return {"devices",
          "run the devices of a scene until SIGTERM or SIGINT",
          {{"scene", "scene file, YAML", true},
           {"--control", "Unix socket for faults"},
           {"--speed", "simulated seconds per real second, instead of the scene's"},
           {"--ready-file", "written once all lines listen: name=port or name=path"}},
          run_devices};
}

}  // namespace wayside::sim
