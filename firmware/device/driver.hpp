// The driver contract. A family is pure functions over an explicit state: what to read, and what the words that
// came back mean. No I/O, no clock, no thread, no log: the same input and state give the same samples and state.
//
// Thread: a Driver is constant after make(); decode is called on the bus's thread. The state belongs to the
// pipeline, which keeps it in the store's state table and hands it back after a restart (contracts: drivers).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "device/profile.hpp"
#include "device/register_image.hpp"
#include "device/register_plan.hpp"
#include "model/sample.hpp"

namespace wayside::device {

// Small and serialisable; empty at the very first decode. Only its own family reads it; one that it cannot read
// (another version's) counts as empty.
using DriverState = base::Bytes;

struct DecodeInput {
  RegisterImage image;  // what the register blocks of one group gave; empty for a frame protocol
  base::BootTime at{};  // end of the read
  // A word for the boot: offsets of different boots cannot be compared.
  base::BootId boot{};
  std::size_t group = 0;  // of the plan
  // The frames of this turn, in the order they came; empty for Modbus. A turn that a missing answer cut short is
  // decoded too, with what came before (perhaps nothing): count bits of a link must move on with what was received.
  std::vector<base::Bytes> frames{};
};

// The next thing to send in a turn of a frame protocol. No bytes: send nothing, wait for one more frame (an answer of
// several frames; a device that speaks by itself).
struct FrameRequest {
  base::Bytes send;
};

// A value asked of a point that has a WriteSpec (or that the family says may be commanded).
struct CommandRequest {
  std::uint32_t point = 0;  // index into points()
  model::Value value;       // engineering units; a name of the point's enumeration; a truth
};

// What to do for a command: write, wait, read back, compare.
struct CommandPlan {
  std::vector<RegisterWrite> writes;
  std::vector<base::Bytes> frames;  // instead of writes, for a frame protocol
  std::chrono::microseconds settle{};
  std::vector<RegisterBlock> read_back;
  std::size_t read_back_group = 0;  // of the plan, for a frame protocol
  std::uint32_t measured = 0;       // the point that shows the effect
  model::Value expected;            // what `measured` must then say
  double tolerance = 0;
};

struct Decoded {
  std::vector<model::Sample> samples;  // only of points that the image covers
  DriverState state;
};

class Driver {
 public:
  virtual ~Driver() = default;
  // In the order that Sample::point counts. At least the profile's points; a family may add computed ones.
  [[nodiscard]] virtual std::span<const PointSpec> points() const = 0;
  [[nodiscard]] virtual const ReadPlan& plan() const = 0;
  // Never fails as a whole: what cannot be decoded is a sample of bad quality. Of a frame protocol also without frames,
  // after each turn or probe that was not answered: only the state is taken then.
  [[nodiscard]] virtual Decoded decode(const DecodeInput& input, const DriverState& state) const = 0;

  // Frame protocols: what to send next in this turn of `group`, given the frames that have come in it; none: the turn
  // is over and is decoded.
  [[nodiscard]] virtual std::optional<FrameRequest> next_frame(std::size_t /*group*/,
                                                               std::span<const base::Bytes> /*so_far*/,
                                                               const DriverState& /*state*/) const {
    return std::nullopt;
  }

  // Errors (Errc::denied: the point cannot be commanded; Errc::invalid_argument: not a value for it, with the range).
  [[nodiscard]] virtual base::Result<CommandPlan> command(const CommandRequest& request,
                                                          const DriverState& state) const;
};

// The command of a point by its WriteSpec alone: what most families need. Same errors.
[[nodiscard]] base::Result<CommandPlan> plan_command(std::span<const PointSpec> points, const CommandRequest& request);

// Whether the measured value is what the plan expects.
[[nodiscard]] bool fulfilled(const CommandPlan& plan, const model::Value& measured);

struct DriverConfig {
  Profile profile;
  Options options;
  std::chrono::microseconds period{};
};

// One option that a family (not a group count) understands.
struct OptionSpec {
  std::string_view name;
  std::string_view fallback;
  std::string_view help;
};

struct DriverFamily {
  std::string_view name;
  std::string_view title;
  std::span<const OptionSpec> options;
  // Errors (Errc::config): an option out of its range, with its name; a profile that lacks a role the family needs.
  base::Result<std::unique_ptr<Driver>> (*make)(const DriverConfig& config);
  // Null: Modbus; such a device has a `unit`. With a frame protocol its address is an option of the family.
  const FrameProtocol* protocol = nullptr;
};

// Every family built in: the generated list of drivers/CMakeLists.txt.
[[nodiscard]] std::span<const DriverFamily* const> driver_table();

}  // namespace wayside::device
