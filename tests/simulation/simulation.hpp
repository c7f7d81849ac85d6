// The whole gateway from a seed: the same objects as in the daemon, on virtual time, a simulated street, a disk that
// loses power and a broker that goes away; every order and fault drawn from one seed (design: the run from a seed).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "simulation/tally.hpp"

namespace wayside::simulation {

struct Setting {
  std::uint64_t seed = 1;
  double hours = 1;
  std::string config_file;  // a gateway.yaml; its buses and devices are those of the scene, by name
  std::string scene_file;
  bool lying_disk = false;  // negative control: the disk forgets what it said was synced
  // A cap that half an hour without a broker reaches, and such an outage: chunks are evicted, and the ledger says
  // which.
  bool tight_store = false;
  bool calm = false;  // neither crashes nor outages nor device faults
  bool clock_faults = true;
  bool outage = false;  // calm, and no broker for all the hours; then everything is sent
};

struct Verdict {
  bool ran = false;
  std::string problem;  // why it could not run
  Totals totals;
  std::uint64_t crashes = 0;
  std::uint64_t changes = 0;  // of configuration
  std::uint64_t outages = 0;
  std::uint64_t ledger_left = 0;  // entries that nobody acknowledged, at the end
  std::uint64_t silences = 0;
  std::uint64_t full_disks = 0;
  std::uint64_t clock_steps = 0;
  std::uint64_t digest = 0;   // of every message and its time
  std::uint64_t content = 0;  // of what arrived, whenever: see Tally::content
  // Of an outage: chunks that waited at its end, bytes of the database, bytes of memory that the gateway held then and
  // while it sent, and how long that took.
  std::uint64_t waited = 0;
  std::uint64_t database_bytes = 0;
  std::uint64_t held_bytes = 0;
  std::uint64_t held_while_sending = 0;
  std::chrono::seconds sending{};
  [[nodiscard]] bool good() const { return ran && totals.lost == 0 && totals.defects == 0 && totals.received > 0; }
};

[[nodiscard]] Verdict run(const Setting& setting);

}  // namespace wayside::simulation
