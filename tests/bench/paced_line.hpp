// PacedLine: a serial line with Modbus RTU slaves behind a pseudo-terminal that keeps the time of a real wire to some
// tens of microseconds: characters take their time in both directions, an answer begins 3.5 characters after the
// request, and a request that comes earlier than 3.5 characters after the last answer is a violation. For benchmarks:
// it spins for the last stretch of each wait. A thread of its own.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace wayside::bench {

struct PacedOptions {
  int baud = 9600;
  int bits_per_character = 10;
  std::set<std::uint8_t> silent_units;
};

class PacedLine {
 public:
  explicit PacedLine(PacedOptions options);
  ~PacedLine();
  PacedLine(const PacedLine&) = delete;
  PacedLine& operator=(const PacedLine&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t violations() const { return violations_; }
  // Requests answered, by unit.
  [[nodiscard]] std::uint64_t answered(std::uint8_t unit) const { return answered_[unit]; }
  [[nodiscard]] std::uint64_t answered() const;

  // Least time of a read of `registers` and its answer on such a line, seconds (Modbus over serial line V1.02).
  [[nodiscard]] static double least_transaction(int baud, int bits_per_character, int registers);
  [[nodiscard]] static double gap_seconds(int baud);

 private:
  using Clock = std::chrono::steady_clock;
  void serve();
  [[nodiscard]] bool receive(std::vector<std::uint8_t>& bytes, Clock::time_point& first);
  void answer(const std::vector<std::uint8_t>& request, Clock::time_point request_end);
  [[nodiscard]] Clock::duration characters(double count) const;

  PacedOptions options_;
  base::UniqueFd master_;
  base::UniqueFd client_side_;  // kept open: no hang-up between two clients
  std::string path_;
  Clock::time_point line_free_{};
  std::atomic<std::uint64_t> violations_{0};
  std::array<std::atomic<std::uint64_t>, 256> answered_{};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace wayside::bench
