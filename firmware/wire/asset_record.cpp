#include "wire/asset_record.hpp"

#include <algorithm>

namespace wayside::wire {
namespace {

constexpr std::uint8_t kForm = 1;

enum class Seen : std::uint8_t { nothing = 0, off = 1, on = 2 };

Seen seen_of(const std::optional<bool>& on) {
  if (!on) return Seen::nothing;
  return *on ? Seen::on : Seen::off;
}

}  // namespace

base::Bytes encode_asset(const model::AssetRecord& record) {
  base::ByteWriter out;
  out.u8(kForm);
  out.text(record.device.value);
  out.text(record.identity.serial);
  out.text(record.identity.firmware);
  out.u32(record.generation);
  out.i64(record.first_seen_wall_us);
  out.i64(record.replaced_wall_us);
  out.i64(record.told_wall_us);
  out.u64(record.observed_us);
  out.u64(record.running_us);
  out.u64(record.alarms);
  out.u64(record.times_lost);
  out.u32(static_cast<std::uint32_t>(std::min(record.loads.size(), model::AssetRecord::kMostLoads)));
  for (std::size_t i = 0; i < record.loads.size() && i < model::AssetRecord::kMostLoads; ++i) {
    const auto& load = record.loads[i];
    out.text(load.name);
    out.u64(load.on_us);
    out.u64(load.cycles);
    out.u8(static_cast<std::uint8_t>(seen_of(load.on)));
  }
  return out.take();
}

std::optional<model::AssetRecord> decode_asset(base::ByteView bytes) {
  base::ByteReader in(bytes);
  if (in.u8() != kForm) return std::nullopt;
  model::AssetRecord record;
  record.device = model::DeviceId{in.text()};
  record.identity.serial = in.text();
  record.identity.firmware = in.text();
  record.generation = in.u32();
  record.first_seen_wall_us = in.i64();
  record.replaced_wall_us = in.i64();
  record.told_wall_us = in.i64();
  record.observed_us = in.u64();
  record.running_us = in.u64();
  record.alarms = in.u64();
  record.times_lost = in.u64();
  const std::uint32_t loads = in.u32();
  if (!in.ok() || loads > model::AssetRecord::kMostLoads) return std::nullopt;
  for (std::uint32_t i = 0; i < loads && in.ok(); ++i) {
    model::LoadRecord load;
    load.name = in.text();
    load.on_us = in.u64();
    load.cycles = in.u64();
    const std::uint8_t seen = in.u8();
    if (seen > static_cast<std::uint8_t>(Seen::on)) return std::nullopt;
    if (seen != static_cast<std::uint8_t>(Seen::nothing)) load.on = seen == static_cast<std::uint8_t>(Seen::on);
    record.loads.push_back(std::move(load));
  }
  if (!in.ok() || !in.at_end() || record.generation == 0 || record.running_us > record.observed_us) return std::nullopt;
  return record;
}

}  // namespace wayside::wire
