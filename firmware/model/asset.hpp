// The life of one device as an asset: who it is, how long it has worked, what went wrong with it. One record a device,
// kept in the store over the whole life of the device (state space "asset"). Integers only: nothing drifts. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.hpp"
#include "model/place.hpp"

namespace wayside::model {

// What a device says of itself; empty where it does not say.
struct DeviceIdentity {
  std::string serial;
  std::string firmware;
  bool operator==(const DeviceIdentity&) const = default;
};

// One thing that a device switches and that wears: a lamp, a pump, a relay.
struct LoadRecord {
  std::string name;  // "lamp-3"; the point's name where it is the only one of its device or no instance
  std::uint64_t on_us = 0;
  std::uint64_t cycles = 0;  // times it went from off to on
  std::optional<bool> on;    // as last seen
};

struct AssetRecord {
  DeviceId device;
  DeviceIdentity identity;
  std::uint32_t generation = 1;         // which unit at this place: the first, its replacement, ...
  std::int64_t first_seen_wall_us = 0;  // first answer of this unit; 0: the date was not known
  std::int64_t replaced_wall_us = 0;    // when its successor was noticed; 0: it is in service, or not known
  std::int64_t told_wall_us = 0;        // when it last left as an event; 0: not known
  std::uint64_t observed_us = 0;        // watched by the gateway since it was first seen
  std::uint64_t running_us = 0;         // of that: it answered
  std::uint64_t alarms = 0;             // raised on it
  std::uint64_t times_lost = 0;         // stopped answering
  std::vector<LoadRecord> loads;        // in the order of the device's points, at most kMostLoads
  Responsibility place;                 // of the present configuration; not stored

  static constexpr std::size_t kMostLoads = 64;  // a DALI line has 64 lamps

  [[nodiscard]] std::uint64_t burn_us() const;        // of all loads together
  [[nodiscard]] std::uint64_t switch_cycles() const;  // likewise
};

enum class AssetCause : std::uint8_t { first_seen, replaced, firmware_changed, daily };

[[nodiscard]] std::string_view to_string(AssetCause cause);

struct AssetReport {
  AssetCause cause = AssetCause::daily;
  AssetRecord record;
  std::optional<AssetRecord> closed;  // with `replaced`: the unit that was taken out, with its hours
};

}  // namespace wayside::model
