// The envelope: header bytes in front of a stored row, by protobuf's concatenation. The body is not touched.
// Also notices, and the messages about the gateway itself (birth and will). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/alarm.hpp"
#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/stream.hpp"

namespace wayside::wire {

enum class Lane : std::uint8_t { alarm = 1, live = 2, backfill = 3 };  // the numbers of wayside.v1.Lane

struct TimeAnchor {
  base::BootTime offset{};
  base::WallTime wall{};
  std::chrono::microseconds uncertainty{};
};

struct TimeBounds {
  std::optional<base::WallTime> not_before;
  std::optional<base::WallTime> not_after;
};

using TimeBase = std::variant<TimeBounds, TimeAnchor>;

struct ChunkHeader {
  model::GatewayId gateway;
  model::Epoch epoch{};
  model::Stream stream;
  model::ChunkNumber first = 0;
  model::ChunkNumber last = 0;
  base::BootId boot{};
  TimeBase time;
  Lane lane = Lane::live;
  std::uint8_t codec = 0;
  base::Bytes catalogue;
  std::uint32_t checksum = 0;
  std::uint32_t events = 0;
  base::BootTime first_offset{};
  base::BootTime last_offset{};
};

// Header and row together parse as one wayside.v1.Chunk.
[[nodiscard]] base::Bytes wrap(const ChunkHeader& header, base::ByteView row);

struct NoticeHeader {
  model::GatewayId gateway;
  base::BootId boot{};
  TimeBase time;
  base::BootTime at{};  // of the transition
};

// wayside.v1.Notice: an alarm that the disk has not taken.
[[nodiscard]] base::Bytes encode_notice(const NoticeHeader& header, const model::AlarmTransition& alarm);

struct RulePack {
  std::string name;
  std::uint32_t rules = 0;
  std::uint32_t checksum = 0;
};

struct GatewayState {
  model::GatewayId gateway;
  bool online = false;
  model::Epoch epoch{};
  base::BootId boot{};
  model::Responsibility responsible;
  std::vector<std::string> area_names;
  std::string software_version;
  std::optional<model::Position> position;
  std::string time_zone;
  std::vector<std::string> profiles;
  std::vector<base::Bytes> catalogues;
  std::vector<std::string> capabilities;
  base::Bytes dictionary;  // hash
  std::vector<RulePack> rule_packs;
  bool insecure = false;
};

// wayside.v1.GatewayState: birth (online) or will.
[[nodiscard]] base::Bytes encode_state(const GatewayState& state);

// google.protobuf.FileDescriptorSet of wayside.v1: what a consumer without our files decodes with.
[[nodiscard]] base::Bytes encode_descriptor_set();

}  // namespace wayside::wire
