// wayside-sim run: the whole gateway from a seed (tests/simulation).
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/log.hpp"
#include "sim/command.hpp"
#include "simulation/simulation.hpp"

namespace wayside::sim {
namespace {

template <class T>
bool parse(const std::string& text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

int run(const Arguments& arguments) {
  simulation::Setting setting;
  const std::string folder = WAYSIDE_SIM_DATA "/";
  setting.config_file = arguments.has("--config") ? arguments.get("--config") : folder + "gateway.yaml";
  setting.scene_file = arguments.has("--scene") ? arguments.get("--scene") : folder + "scene.yaml";
  if (arguments.has("--seed") && !parse(arguments.get("--seed"), setting.seed)) {
    fmt::print(stderr, "wayside-sim: --seed: '{}' is not a whole number\n", arguments.get("--seed"));
    return 2;
  }
  if (arguments.has("--hours") && (!parse(arguments.get("--hours"), setting.hours) || setting.hours <= 0)) {
    fmt::print(stderr, "wayside-sim: --hours: '{}' is not a number above 0\n", arguments.get("--hours"));
    return 2;
  }
  setting.lying_disk = arguments.has("--lying-disk");
  setting.tight_store = arguments.has("--tight-store");
  setting.outage = arguments.has("--outage");
  base::log::set_level(std::getenv("WAYSIDE_SIM_LOG") != nullptr ? base::log::Level::info : base::log::Level::off);
  const auto verdict = simulation::run(setting);
  if (!verdict.ran) {
    fmt::print(stderr, "wayside-sim: {}\n", verdict.problem);
    return 1;
  }
  const auto& t = verdict.totals;
  fmt::print("seed {} hours {}: sent {} received {} lost {} repeated {} defects {}\n", setting.seed, setting.hours,
             t.sent, t.received, t.lost, t.repeated, t.defects);
  fmt::print(
      "  {} events, {} alarm transitions, {} notices; {} crashes, {} changes of configuration, {} broker outages, {} "
      "device faults, {} full disks, "
      "{} clock steps\n",
      t.events, t.alarms, t.notices, verdict.crashes, verdict.changes, verdict.outages, verdict.silences,
      verdict.full_disks, verdict.clock_steps);
  if (setting.outage) {
    fmt::print("  outage: {} chunks waited in {} bytes of database; {} bytes of memory then, {} while sending, {} s\n",
               verdict.waited, verdict.database_bytes, verdict.held_bytes, verdict.held_while_sending,
               verdict.sending.count());
  }
  if (!t.first_defect.empty()) fmt::print("  first defect: {}\n", t.first_defect);
  fmt::print("  digest {}\n", base::to_hex(verdict.digest));
  return verdict.good() ? 0 : 1;
}

}  // namespace

Command run_command() {
  return {"run",
          "Run the whole gateway for hours of virtual time from a seed, with faults, and give the verdict",
          {{"--seed", "The seed (default 1)"},
           {"--hours", "Hours of gateway time (default 1)"},
           {"--config", "Another gateway.yaml"},
           {"--outage", "yes: no broker for all the hours, then everything is sent; no other faults"},
           {"--lying-disk", "yes: the disk forgets what it said was synced (must be caught)"},
           {"--tight-store", "yes: a small cap and a long outage, so that telemetry is evicted"},
           {"--scene", "Another scene; lines and devices named as in the configuration"}},
          &run};
}

}  // namespace wayside::sim
