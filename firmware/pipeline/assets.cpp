#include "pipeline/assets.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "wire/asset_record.hpp"

namespace wayside::pipeline {
namespace {

constexpr auto kDaily = std::chrono::hours{24};
constexpr auto kShortestStep = std::chrono::minutes{1};
constexpr int kLongestStep = 3;  // periods
constexpr std::size_t kLongestIdentity = 64;

std::uint64_t us(std::chrono::microseconds span) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, span.count()));
}

std::int64_t wall_us(AssetBook::Date date) { return date ? date->time_since_epoch().count() : 0; }

// What a device sends as its serial may be anything; it goes into messages that must be text.
std::string printable(const std::string& text) {
  std::string out = text.substr(0, kLongestIdentity);
  for (auto& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  const auto first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

// Hundredths: a value that rules compare and telemetry sends needs no more.
double hours_of(std::uint64_t microseconds) { return static_cast<double>(microseconds / 36'000'000ULL) / 100; }

std::string closed_key(const model::DeviceId& device, std::uint32_t generation) {
  return device.value + "#" + std::to_string(generation);
}

ports::StateChange stored(const model::AssetRecord& record) {
  return {AssetBook::kSpace, record.device.value, wire::encode_asset(record)};
}

}  // namespace

AssetBook::AssetBook(const model::PointTable& points, std::vector<model::DeviceId> devices)
    : load_of_(points.size()), shown_(points.size(), -1) {
  const auto loads = find_loads(points, devices);
  for (std::size_t d = 0; d < devices.size(); ++d) {
    Device device;
    device.id = devices[d];
    device.running_hours = points.find(device.id, asset_point("", kRunningHours));
    if (device.running_hours) device.place = points.info(*device.running_hours).place;
    for (const auto& load : loads[d].loads) {
      const auto& info = points.info(load.point);
      device.place = info.place;
      load_of_[model::index(load.point)] = {static_cast<std::int32_t>(d),
                                            static_cast<std::uint32_t>(device.loads.size())};
      device.load_names.push_back(load.name);
      device.loads.push_back({load.behind,
                              std::max<std::chrono::microseconds>(info.period * kLongestStep, kShortestStep),
                              {},
                              points.find(device.id, asset_point(load.prefix, kBurnHours)),
                              points.find(device.id, asset_point(load.prefix, kSwitchCycles))});
    }
    if (loads[d].dropped > 0) {
      base::log::warn("asset.too_many_loads", {{"device", device.id.value}, {"not_kept", loads[d].dropped}});
    }
    index_.emplace(device.id, d);
    devices_.push_back(std::move(device));
  }
}

void AssetBook::restore(const std::vector<ports::StateEntry>& stored) {
  for (const auto& entry : stored) {
    const auto found = index_.find(model::DeviceId{entry.key});
    if (found == index_.end()) continue;  // a closed record, or a device of another configuration
    auto record = wire::decode_asset(entry.value);
    if (!record || record->device.value != entry.key) {
      base::log::error("state.unreadable_asset", {{"device", entry.key}});
      continue;
    }
    restore_one(devices_[found->second], std::move(*record));
  }
}

// Loads are known by name: the configuration may have more, fewer or others than the record.
void AssetBook::restore_one(Device& device, model::AssetRecord record) {
  auto old = std::exchange(record.loads, {});
  for (const auto& name : device.load_names) {
    const auto same = std::ranges::find(old, name, &model::LoadRecord::name);
    record.loads.push_back(same == old.end() ? model::LoadRecord{name, 0, 0, {}} : *same);
  }
  // One that the configuration no longer has keeps its hours while there is room: it may come back.
  for (auto& load : old) {
    if (record.loads.size() == model::AssetRecord::kMostLoads) break;
    if (std::ranges::find(device.load_names, load.name) == device.load_names.end()) {
      record.loads.push_back(std::move(load));
    }
  }
  record.place = device.place;
  device.record = std::move(record);
}

model::AssetRecord AssetBook::fresh(const Device& device) const {
  model::AssetRecord record;
  record.device = device.id;
  record.place = device.place;
  for (const auto& name : device.load_names) record.loads.push_back({name, 0, 0, {}});
  return record;
}

std::vector<AssetBook::Told> AssetBook::polled(const PollResult& result, Date date) {
  std::vector<Told> out;
  auto& device = devices_[result.device];
  const bool first = !device.record;
  if (first && !result.counters.communicating) return out;
  if (first) {
    device.record = fresh(device);
    device.record->first_seen_wall_us = wall_us(date);
    if (!date) device.first_at = result.at;
  }
  // The date of the first answer became known later, in the same run.
  if (device.first_at && date) {
    device.record->first_seen_wall_us = wall_us(*date - (result.at - *device.first_at));
    device.first_at.reset();
    device.unsaved = true;
  }
  count_time(device, result);
  std::optional<Told> told;
  if (result.identity) told = identify(device, *result.identity, result.at, date);
  if (first) {
    out.push_back(tell(device, model::AssetCause::first_seen, result.at, date));
  } else if (told) {
    out.push_back(std::move(*told));
  }
  return out;
}

void AssetBook::count_time(Device& device, const PollResult& result) {
  auto& record = *device.record;
  const bool answers = result.counters.communicating;
  if (device.seen_at && result.at > *device.seen_at) {
    const auto step = us(result.at - *device.seen_at);
    record.observed_us += step;
    if (answers && device.answered) record.running_us += step;
    device.unsaved = true;
  }
  if (device.answered && !answers) {
    ++record.times_lost;
    device.unsaved = true;
  }
  device.answered = answers;
  device.seen_at = device.seen_at ? std::max(*device.seen_at, result.at) : result.at;
}

std::optional<AssetBook::Told> AssetBook::identify(Device& device, const model::DeviceIdentity& identity,
                                                   base::BootTime now, Date date) {
  const model::DeviceIdentity clean{printable(identity.serial), printable(identity.firmware)};
  auto& known = device.record->identity;
  device.pending.reset();
  if (!clean.serial.empty() && !known.serial.empty() && clean.serial != known.serial) {
    if (device.replaced_at && now - *device.replaced_at < kCheckpoint) {
      base::log::warn("asset.serial_flaps", {{"device", device.id.value}, {"serial", clean.serial}});
      device.pending = clean;
      return std::nullopt;
    }
    return replace(device, clean, now, date);
  }
  const bool updated = !clean.firmware.empty() && !known.firmware.empty() && clean.firmware != known.firmware;
  if (!clean.serial.empty())
    device.unsaved = std::exchange(known.serial, clean.serial) != clean.serial || device.unsaved;
  if (!clean.firmware.empty()) {
    device.unsaved = std::exchange(known.firmware, clean.firmware) != clean.firmware || device.unsaved;
  }
  if (!updated) return std::nullopt;
  return tell(device, model::AssetCause::firmware_changed, now, date);
}

AssetBook::Told AssetBook::replace(Device& device, const model::DeviceIdentity& identity, base::BootTime now,
                                   Date date) {
  auto closed = std::move(*device.record);
  closed.replaced_wall_us = wall_us(date);
  auto record = fresh(device);
  record.generation = closed.generation + 1;
  record.identity = identity;
  record.first_seen_wall_us = wall_us(date);
  // The device's own loads went with it; what hangs behind it stayed. (The first loads of a record are the device's.)
  for (std::size_t i = 0; i < device.loads.size(); ++i) {
    if (device.loads[i].behind) record.loads[i] = closed.loads[i];
  }
  device.record = std::move(record);
  device.replaced_at = now;
  device.first_at.reset();
  if (!date) device.first_at = now;
  for (auto& load : device.loads) load.seen_at.reset();
  base::log::info("asset.replaced", {{"device", device.id.value},
                                     {"serial", closed.identity.serial},
                                     {"new_serial", device.record->identity.serial}});
  auto told = tell(device, model::AssetCause::replaced, now, date);
  told.changes.push_back({kSpace, closed_key(device.id, closed.generation), wire::encode_asset(closed)});
  if (closed.generation > kKeptClosed) {
    told.changes.push_back({kSpace, closed_key(device.id, closed.generation - kKeptClosed), std::nullopt});
  }
  told.report.closed = std::move(closed);
  return told;
}

AssetBook::Told AssetBook::tell(Device& device, model::AssetCause cause, base::BootTime now, Date date) {
  device.told_at = now;
  device.record->told_wall_us = wall_us(date);
  device.unsaved = false;
  return {{cause, *device.record, std::nullopt}, {stored(*device.record)}};
}

void AssetBook::reading(const model::Reading& reading) {
  const auto place = load_of_[model::index(reading.point)];
  if (place.device < 0) return;
  auto& device = devices_[static_cast<std::size_t>(place.device)];
  if (!device.record) return;
  auto& load = device.loads[place.load];
  auto& kept = device.record->loads[place.load];
  const auto number = model::as_number(reading.value);
  if (model::is_bad(reading.quality) || !number) {
    load.seen_at.reset();  // what happens until the next value is not seen
    return;
  }
  const bool on = *number != 0;
  if (kept.on == true && load.seen_at && reading.at > *load.seen_at &&
      reading.at - *load.seen_at <= load.longest_step) {
    kept.on_us += us(reading.at - *load.seen_at);
    device.unsaved = true;
  }
  if (kept.on == false && on) ++kept.cycles;
  device.unsaved = device.unsaved || kept.on != on;
  kept.on = on;
  load.seen_at = reading.at;
}

void AssetBook::alarm_raised(const model::DeviceId& id) {
  const auto found = index_.find(id);
  if (found == index_.end() || !devices_[found->second].record) return;
  ++devices_[found->second].record->alarms;
  devices_[found->second].unsaved = true;
}

std::vector<AssetBook::Told> AssetBook::daily(base::BootTime now, Date date) {
  std::vector<Told> out;
  for (auto& device : devices_) {
    if (!device.record) continue;
    if (device.pending) {
      const auto identity = *std::exchange(device.pending, std::nullopt);
      if (auto told = identify(device, identity, now, date)) out.push_back(std::move(*told));
    }
    const auto told_us = device.record->told_wall_us;
    if (!device.told_at) {
      // Told before this run: by date, so that a gateway that restarts every night still reports daily.
      const bool due = date && told_us > 0 && wall_us(date) - told_us >= std::chrono::microseconds{kDaily}.count();
      if (due) {
        out.push_back(tell(device, model::AssetCause::daily, now, date));
      } else if (!date || told_us == 0) {
        device.told_at = now;
      }
    } else if (now - *device.told_at >= kDaily) {
      out.push_back(tell(device, model::AssetCause::daily, now, date));
    }
  }
  return out;
}

std::vector<ports::StateChange> AssetBook::unsaved() {
  std::vector<ports::StateChange> out;
  for (auto& device : devices_) {
    if (!std::exchange(device.unsaved, false) || !device.record) continue;
    out.push_back(stored(*device.record));
  }
  return out;
}

std::vector<model::Reading> AssetBook::hours(base::BootTime now) {
  std::vector<model::Reading> out;
  const auto show = [&](std::optional<model::PointHandle> point, double value) {
    if (!point || shown_[model::index(*point)] == value) return;
    shown_[model::index(*point)] = value;
    out.push_back({*point, value, model::Quality::good, now});
  };
  for (const auto& device : devices_) {
    if (!device.record) continue;
    show(device.running_hours, hours_of(device.record->running_us));
    for (std::size_t i = 0; i < device.loads.size(); ++i) {
      show(device.loads[i].burn_hours, hours_of(device.record->loads[i].on_us));
      show(device.loads[i].switch_cycles, static_cast<double>(device.record->loads[i].cycles));
    }
  }
  return out;
}

}  // namespace wayside::pipeline
