// What gateways have learned of a season, without unit, level or series: for each slot how often which place was taken,
// from the slot's own middle in standard deviations over the whole cycle. Summaries add up: merging is commutative and
// associative to the bit, because counts are whole numbers on nested grids and the coarsest grid wins. Bounded: at most
// kCells places a slot. Its encoding is wayside.v1.SeasonalBaseline (wire). Plain value; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wayside::model {

struct BaselineSummary {
  static constexpr std::size_t kCells = 96;      // of a slot
  static constexpr int kCellsPerDeviation = 64;  // of the finest grid, each way
  static constexpr int kReach = 16;              // deviations each way; what lies beyond counts at the edge
  static constexpr std::uint8_t kCoarsest = 11;  // the grid has one cell then
  static constexpr std::size_t kSlots = 672;     // the most of a cycle

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
  std::uint32_t gateways = 0;  // that it was learned on
  std::uint32_t points = 0;    // or pairs of points that are judged together
  std::vector<Slot> slots;

  bool operator==(const BaselineSummary&) const = default;

  // Adds half samples at a place, in deviations from the mean (the second one is 0 with one channel).
  void add(std::size_t slot, double x, double y, std::uint32_t half_samples);
  // False, and nothing changed, when the other is of another cycle.
  [[nodiscard]] bool merge(const BaselineSummary& other);
  // A slot's cells are within its grid, in order, each once, and few enough.
  [[nodiscard]] static bool sound(const Slot& slot);

  [[nodiscard]] double x_of(const Slot& slot, const Cell& cell) const;  // the middle of a cell
  [[nodiscard]] double y_of(const Slot& slot, const Cell& cell) const;
};

// What a baseline is about. Never an id: it has to fit devices that whoever learned it has never seen.
struct BaselineKind {
  std::string function;              // as the rule says it: "seasonal_score("power", power_total)"
  std::string family;                // of the device (the first, where it stands on several)
  std::string profile;               // likewise
  std::vector<std::string> metrics;  // of its points, in order
  auto operator<=>(const BaselineKind&) const = default;
};

// What leaves a gateway and comes back as a prior.
struct SharedBaseline {
  BaselineKind kind;
  BaselineSummary summary;
  bool operator==(const SharedBaseline&) const = default;
};

// How well a prior fits: not at all; of the family, learned on another product; of the very product. A place without a
// family (a file that is replayed) takes that of any.
enum class Fit { none, family, profile };
[[nodiscard]] Fit fit(const BaselineKind& place, const BaselineKind& prior);

// What a place begins with: the prior of its own product, or those of its family merged; none where nothing fits.
[[nodiscard]] std::optional<BaselineSummary> prior_for(const BaselineKind& place,
                                                       std::span<const SharedBaseline> priors);

}  // namespace wayside::model
