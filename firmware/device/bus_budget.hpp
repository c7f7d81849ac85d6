// How much of a bus's time its polls need, before any is made: from the line's speed, the sizes of the reads and the
// periods. Pure; any thread; cannot fail.
//
// Serial (Modbus over serial line V1.02, 2.5.1): an exchange is the request (8 characters), the silence of 3.5
// characters (1.75 ms above 19,200 baud), the device's turnaround, the answer (5 characters and 2 a register, or 1 for
// 8 bits) and the silence again, or the longer silence that the device wants. The turnaround is an estimate: meters
// answer after 2 to 10 ms, a few after 50 [?]; 5 ms is taken. Network: 20 ms for each exchange, one at a time.
// Frame protocols: how many frames a group takes only its family knows; one of 16 characters and an answer of 32 with
// a turnaround of 50 ms [?] is taken: a lower bound.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "device/register_plan.hpp"

namespace wayside::device {

struct LineSpeed {
  int baud = 0;                 // 0: a network, not a serial line
  int bits_per_character = 11;  // start, 8 data, parity, stop
};

struct BudgetUser {
  std::string device;
  const ReadPlan* plan = nullptr;
  std::chrono::microseconds quiet{};  // Profile::quiet
};

struct BudgetRow {
  std::string device;
  std::size_t group = 0;
  std::chrono::microseconds period{};
  std::size_t exchanges = 0;         // a poll
  std::chrono::microseconds time{};  // a poll
  double share = 0;                  // of the bus
};

struct BusBudget {
  std::vector<BudgetRow> rows;  // the largest share first
  double share = 0;             // of all; above 1 it cannot be kept
  // For people: who uses what, at most 20 lines of it.
  [[nodiscard]] std::string table() const;
};

inline constexpr std::chrono::microseconds kSerialTurnaround{5'000};
inline constexpr std::chrono::microseconds kFrameTurnaround{50'000};
inline constexpr std::chrono::microseconds kNetworkRoundTrip{20'000};

[[nodiscard]] std::chrono::microseconds exchange_time(const LineSpeed& line, const RegisterBlock& block,
                                                      std::chrono::microseconds quiet);

// A device that speaks by itself needs nothing of the bus.
[[nodiscard]] BusBudget bus_budget(const LineSpeed& line, const std::vector<BudgetUser>& users);

}  // namespace wayside::device
