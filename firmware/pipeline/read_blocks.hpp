// What is read of one device, as it was found out that it can be read: the plan's blocks, cut smaller where the device
// refuses (exceptions 01, 02, 03: a read over a hole, or over a register that this unit does not have), down to single
// points. A point that is refused alone is parked: not read any more until retry_parked(). What was cut stays cut for
// the life of this object. Points that the device's firmware does not have are parked without being asked for.
//
// Never reads a register that the plan did not read, a hole between points beyond `max_hole`, or more at once than
// `max_registers`; never leaves out a point that is not parked. Pure. Home: the bus's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "device/profile.hpp"
#include "device/register_plan.hpp"

namespace wayside::pipeline {

class ReadBlocks {
 public:
  struct Limits {
    std::uint16_t max_hole = 0;
    std::uint16_t max_registers = device::kMaxReadRegisters;
    std::chrono::microseconds period{};  // of points that have none; 0: not known
  };
  struct Refusal {
    bool split = false;                 // it was cut smaller: the parts stand in its place
    std::vector<std::uint32_t> parked;  // otherwise: its points
    bool first_time = false;            // they were not parked before
  };

  // `points` must outlive this.
  ReadBlocks(const device::ReadPlan& plan, std::span<const device::PointSpec> points, Limits limits);

  // How many blocks a turn of the group reads, and the one at `position`.
  [[nodiscard]] std::size_t count(std::size_t group) const { return groups_[group].size(); }
  [[nodiscard]] const device::RegisterBlock& block(std::size_t group, std::size_t position) const {
    return groups_[group][position].where;
  }
  [[nodiscard]] bool on_trial(std::size_t group, std::size_t position) const { return groups_[group][position].trial; }

  // The device refused the block / the block was read.
  Refusal refuse(std::size_t group, std::size_t position);
  void accept(std::size_t group, std::size_t position);

  // Parked blocks are read again, each by itself, until refused again. True: there are any.
  bool retry_parked();
  // The same for one block of this group, when nothing else is left to read of the device: is it still there?
  bool retry_one(std::size_t group);
  [[nodiscard]] bool nothing_left() const;

  // The device runs this firmware. A change forgets what was refused and cut. The points it does not have, if any.
  std::vector<std::uint32_t> set_firmware(std::string_view firmware);

  [[nodiscard]] bool is_parked(std::uint32_t point) const { return parking_[point] != Parking::read; }
  // Names for people: "power_factor (refused)", "tariff (not in firmware 2.1)".
  [[nodiscard]] std::vector<std::string> parked_names() const;
  [[nodiscard]] std::size_t splits() const { return splits_; }

  // The smallest block of all: to ask whether the device is there. None: it has no blocks.
  [[nodiscard]] std::optional<device::RegisterBlock> smallest() const;
  // The points whose own group this is.
  [[nodiscard]] std::vector<std::uint32_t> points_of(std::size_t group) const;

 private:
  enum class Parking : std::uint8_t { read, refused, firmware };
  // Points on the very same registers; without points: a block that a family reads for itself, never cut.
  struct Cell {
    device::RegisterBlock where;
    std::vector<std::uint32_t> points;
  };
  struct Block {
    device::RegisterBlock where;
    std::vector<Cell> cells;  // by first, then by end
    bool trial = false;
  };
  using Blocks = std::vector<Block>;

  [[nodiscard]] std::vector<Cell> cells_in(const device::RegisterBlock& block, std::size_t group,
                                           const std::vector<std::size_t>& home) const;
  [[nodiscard]] std::vector<std::size_t> homes(const device::ReadPlan& plan) const;
  [[nodiscard]] Blocks cut(std::span<const Cell> cells) const;
  [[nodiscard]] static std::size_t middle(const std::vector<Cell>& cells);
  void replace(std::size_t group, std::size_t position, Blocks parts);

  std::span<const device::PointSpec> points_;
  Limits limits_;
  std::vector<Blocks> plan_;    // by group, as planned
  std::vector<Blocks> groups_;  // by group, as read
  std::vector<Blocks> parked_;  // by group, one cell each
  std::vector<Parking> parking_;
  std::vector<bool> named_;  // was parked before, by point
  std::string firmware_;
  std::size_t splits_ = 0;
};

}  // namespace wayside::pipeline
