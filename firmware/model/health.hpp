// How the gateway itself is: an event every minute, and what the daemon shows. Values; wayside.v1.Health has the
// definitions. Counts begin when the daemon began.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wayside::model {

struct ProcessHealth {
  std::chrono::microseconds cpu{};
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t memory_available_bytes = 0;  // of the machine
  std::uint32_t load_hundredths = 0;         // likewise
};

struct LinkHealth {
  bool up = false;
  std::uint64_t connects = 0;
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes_today = 0;
  std::uint64_t bytes_month = 0;
  bool backfill_held = false;
  bool live_held = false;
  bool insecure = false;
};

struct StoreHealth {
  std::uint64_t waiting_chunks = 0;
  std::uint64_t waiting_bytes = 0;
  std::optional<std::chrono::microseconds> oldest;
  std::uint64_t taken_bytes = 0;
  std::uint64_t max_bytes = 0;
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t evicted = 0;
  std::uint64_t damaged = 0;
};

struct BusHealth {
  std::string bus;
  std::uint32_t devices = 0;
  std::uint32_t devices_answering = 0;
  std::uint64_t polls = 0;
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;
  std::uint32_t dead_per_mille = 0;
  bool line_away = false;
};

struct Health {
  std::chrono::microseconds uptime{};
  std::optional<ProcessHealth> process;
  std::optional<LinkHealth> link;
  std::optional<StoreHealth> store;
  std::vector<BusHealth> buses;
  std::uint32_t devices = 0;
  std::uint32_t devices_answering = 0;
  std::uint32_t alarms_raised = 0;
  bool clock_trusted = false;
  std::uint64_t dropped_chunks = 0;
};

}  // namespace wayside::model
