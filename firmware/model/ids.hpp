// Names of things, as distinct types. Devices and points are identified by name, never by an index
// (contracts: rules, identity). Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace wayside::model {

template <class Tag>
struct Name {
  std::string value;

  Name() = default;
  explicit Name(std::string v) : value(std::move(v)) {}
  auto operator<=>(const Name&) const = default;
  [[nodiscard]] bool empty() const { return value.empty(); }
};

using GatewayId = Name<struct GatewayTag>;
using DeviceId = Name<struct DeviceTag>;
using BusId = Name<struct BusTag>;

// Device, bus and gateway ids and the levels of an area become topic levels and map keys:
// [a-z0-9-], 1 to 32 characters (contracts: topics).
[[nodiscard]] bool is_valid_id(std::string_view text);

// A point as a person writes it: "lamp-017.power", "junction-7.lane-2.volume".
[[nodiscard]] std::string point_id(const DeviceId& device, std::string_view point);

// The life of one numbering: a random number, never zero.
enum class Epoch : std::uint64_t {};
using ChunkNumber = std::uint64_t;

// The position of a point in the PointTable of the running config. Not an identity.
enum class PointHandle : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(PointHandle h) { return static_cast<std::size_t>(h); }

}  // namespace wayside::model
