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
  RegisterImage image;
  base::BootTime at{};  // end of the read
  // A word for the boot: offsets of different boots cannot be compared.
  base::BootId boot{};
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
  // Never fails as a whole: what cannot be decoded is a sample of bad quality.
  [[nodiscard]] virtual Decoded decode(const DecodeInput& input, const DriverState& state) const = 0;
};

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
};

// Every family built in: the generated list of drivers/CMakeLists.txt.
[[nodiscard]] std::span<const DriverFamily* const> driver_table();

}  // namespace wayside::device
