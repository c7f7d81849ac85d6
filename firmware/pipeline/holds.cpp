#include "pipeline/holds.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr auto kLookAgain = std::chrono::minutes{1};

base::Bytes encode(const model::Hold& hold) {
  base::ByteWriter out;
  out.u8(kForm);
  out.text(hold.by.account);
  out.text(hold.by.name);
  for (const auto byte : hold.boot) out.u8(byte);
  out.i64(base::to_us(hold.since));
  out.i64(base::to_us(hold.until));
  out.i64(hold.until_wall_us);
  return out.take();
}

std::optional<model::Hold> decode(const ports::StateEntry& entry) {
  base::ByteReader in(entry.value);
  if (in.u8() != kForm) return std::nullopt;
  model::Hold hold;
  hold.device = model::DeviceId{entry.key};
  hold.by.account = in.text();
  hold.by.name = in.text();
  for (auto& byte : hold.boot) byte = in.u8();
  hold.since = base::from_us(in.i64());
  hold.until = base::from_us(in.i64());
  hold.until_wall_us = in.i64();
  if (!in.ok() || !in.at_end() || hold.until < hold.since || hold.until - hold.since > Holds::kLongest) {
    return std::nullopt;
  }
  return hold;
}

}  // namespace

Holds::Holds(const base::Clock& clock, const std::vector<ports::StateEntry>& stored) : clock_(clock) {
  for (const auto& entry : stored) {
    auto hold = decode(entry);
    if (!hold) {
      // Someone may still have his hands in there: held for the longest span, by no one known.
      base::log::error("hold.unreadable", {{"device", entry.key}});
      hold = model::Hold{model::DeviceId{entry.key}, {"unknown", ""}, {}, {}, base::BootTime{} + kLongest, 0};
    }
    Entry made{std::move(*hold), false};
    if (made.hold.boot != clock_.boot_id()) {
      const auto span = made.hold.until - made.hold.since;
      made.hold.boot = clock_.boot_id();
      made.hold.since = clock_.boot_now();
      made.hold.until = made.hold.since + span;
      made.waits_for_clock = made.hold.until_wall_us != 0;
      settle(made);
    }
    held_[made.hold.device] = std::move(made);
  }
}

// Never later than the whole span from the start of this boot, and only once.
void Holds::settle(Entry& entry) const {
  if (!entry.waits_for_clock || !clock_.wall_trusted()) return;
  const auto left = base::WallTime{std::chrono::microseconds{entry.hold.until_wall_us}} - clock_.wall_now();
  entry.hold.until = std::min(entry.hold.until, clock_.boot_now() + left);
  entry.waits_for_clock = false;
}

const model::Hold* Holds::of(const model::DeviceId& device) const {
  const auto found = held_.find(device);
  return found == held_.end() ? nullptr : &found->second.hold;
}

std::vector<model::Hold> Holds::all() const {
  std::vector<model::Hold> out;
  for (const auto& [device, entry] : held_) out.push_back(entry.hold);
  return out;
}

ports::StateChange Holds::place(const model::DeviceId& device, const model::Asker& by, std::chrono::microseconds span) {
  model::Hold hold;
  hold.device = device;
  hold.by = by;
  hold.boot = clock_.boot_id();
  hold.since = clock_.boot_now();
  hold.until = hold.since + span;
  if (clock_.wall_trusted()) hold.until_wall_us = (clock_.wall_now() + span).time_since_epoch().count();
  held_[device] = {hold, false};
  return {kSpace, device.value, encode(hold)};
}

ports::StateChange Holds::release(const model::DeviceId& device) {
  held_.erase(device);
  return {kSpace, device.value, std::nullopt};
}

std::vector<model::Hold> Holds::over() {
  std::vector<model::Hold> out;
  for (auto& [device, entry] : held_) {
    settle(entry);
    if (entry.hold.until <= clock_.boot_now()) out.push_back(entry.hold);
  }
  return out;
}

std::optional<base::BootTime> Holds::next_look() const {
  std::optional<base::BootTime> next;
  for (const auto& [device, entry] : held_) {
    auto at = entry.hold.until;
    if (entry.waits_for_clock) at = std::min(at, clock_.boot_now() + kLookAgain);
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

}  // namespace wayside::pipeline
