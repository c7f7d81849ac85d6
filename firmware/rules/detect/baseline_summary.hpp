// What gateways have learned of a season, without unit, level or series: for each slot of a day how often which place
// was taken, in standard deviations from the mean over the whole cycle. Summaries add up: merging is commutative and
// associative to the bit, because counts are whole numbers on nested grids and the coarsest grid wins. Bounded: at most
// kCells places a slot. Plain value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace wayside::rules::detect {

struct BaselineSummary {
  static constexpr std::uint8_t kVersion = 1;
  static constexpr std::size_t kCells = 96;      // of a slot
  static constexpr int kCellsPerDeviation = 64;  // of the finest grid, each way
  static constexpr int kReach = 16;              // deviations each way; what lies beyond counts at the edge
  static constexpr std::uint8_t kCoarsest = 11;  // the grid has one cell then

  struct Cell {
    std::uint32_t place;  // column * 65536 + row, of the slot's grid
    std::uint32_t count;  // of samples, in 1/2
    bool operator==(const Cell&) const = default;
  };
  struct Slot {
    std::uint8_t level = 0;   // each cell is 2^level finest cells wide
    std::vector<Cell> cells;  // by place
    bool operator==(const Slot&) const = default;
  };

  std::uint8_t cycle = 0;
  std::uint8_t channels = 1;
  std::uint32_t slot_s = 0;
  std::uint32_t gateways = 0;
  std::vector<Slot> slots;

  bool operator==(const BaselineSummary&) const = default;

  // Adds half samples at a place, in deviations from the mean (the second one is 0 with one channel).
  void add(std::size_t slot, double x, double y, std::uint32_t half_samples);
  // False, and nothing changed, when the other is of another cycle.
  [[nodiscard]] bool merge(const BaselineSummary& other);

  [[nodiscard]] double x_of(const Slot& slot, const Cell& cell) const;  // the middle of a cell
  [[nodiscard]] double y_of(const Slot& slot, const Cell& cell) const;

  [[nodiscard]] base::Bytes encode() const;
  [[nodiscard]] static std::optional<BaselineSummary> decode(base::ByteView bytes);
};

}  // namespace wayside::rules::detect
