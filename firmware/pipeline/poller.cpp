#include "pipeline/poller.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

constexpr int kMissesUntilLost = 3;
constexpr int kMostHandedOver = 64;  // results waiting on core: beyond it polls are skipped and counted as missed
constexpr auto kProbeFirst = std::chrono::milliseconds{1000};
constexpr auto kProbeMost = std::chrono::milliseconds{10'000};

model::PointHandle point_at(const PolledDevice& device, std::size_t n) {
  return model::PointHandle{static_cast<std::uint32_t>(model::index(device.first_point) + n)};
}

// Two more missed probes double the pause.
std::chrono::microseconds probe_pause(int missed_in_row) {
  const int doublings = std::min((missed_in_row - kMissesUntilLost) / 2, 4);
  return std::min<std::chrono::microseconds>(kProbeFirst * (1 << std::max(doublings, 0)), kProbeMost);
}

bool covers(const device::RegisterBlock& block, const device::PointSpec& point) {
  return block.kind == point.kind && point.address >= block.first && point.address < block.first + block.count;
}

}  // namespace

Poller::Poller(std::vector<PolledDevice> devices, std::vector<std::size_t> indices, const base::BootId& boot,
               ports::RegisterBus& bus, base::Scheduler& home, base::Scheduler& core, PollSink& sink)
    : indices_(std::move(indices)), boot_(boot), bus_(bus), home_(home), core_(core), sink_(sink) {
  for (auto& device : devices) {
    const auto& groups = device.driver->plan().groups;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      schedule_.add(groups[group].period);
      turns_.push_back({devices_.size(), group});
    }
    devices_.push_back({std::move(device), {}, 0, false});
  }
}

void Poller::start() {
  if (schedule_.empty()) return;
  running_ = true;
  schedule_.start(home_.now());
  for (auto& device : devices_) device.counters.since = home_.now();
  arm();
}

void Poller::stop() {
  running_ = false;
  if (timer_ != base::TimerId::none) home_.cancel(std::exchange(timer_, base::TimerId::none));
}

void Poller::arm() {
  if (!running_ || underway_ || timer_ != base::TimerId::none) return;
  timer_ = home_.post_at(schedule_.next_due(), [this] {
    timer_ = base::TimerId::none;
    run();
  });
}

void Poller::run() {
  if (!running_ || underway_) return;
  const auto slot = schedule_.take_due(home_.now());
  // Core is behind (a slow disk): this turn is skipped, the next one comes at its own time.
  if (!slot) return arm();
  if (handed_over_ >= kMostHandedOver) {
    ++skipped_;
    return arm();
  }
  underway_ = Underway{};
  underway_->slot = *slot;
  read_next_block();
}

const device::PollGroup& Poller::group_of(const Turn& turn) const {
  return devices_[turn.device].what.driver->plan().groups[turn.group];
}

void Poller::read_next_block() {
  const auto& turn = turns_[underway_->slot];
  const auto& device = devices_[turn.device].what;
  const auto& block = group_of(turn).blocks[underway_->block];
  bus_.transact({device.unit, block, device.timeout},
                [this](base::Result<ports::BusReply> reply) { on_block(std::move(reply)); });
}

void Poller::on_block(base::Result<ports::BusReply> reply) {
  if (!running_) return underway_.reset();
  const auto& turn = turns_[underway_->slot];
  const auto& blocks = group_of(turn).blocks;
  const auto& block = blocks[underway_->block];
  if (reply) {
    underway_->at = reply->at;
    underway_->image.add(block, std::move(reply->words));
  } else if (reply.error().consequence == base::Consequence::skip_point) {
    underway_->at = home_.now();
    underway_->refused.push_back(block);
    devices_[turn.device].counters.last_error = reply.error().what;
  } else {
    return fail_turn(reply.error());
  }
  if (++underway_->block < blocks.size()) return read_next_block();
  finish_turn();
}

void Poller::finish_turn() {
  const auto done = std::exchange(underway_, std::nullopt);
  const std::size_t index = turns_[done->slot].device;
  auto& device = devices_[index];
  PollResult result;
  result.at = done->at;
  auto decoded = device.what.driver->decode({done->image, done->at, boot_}, device.what.state);
  for (auto& sample : decoded.samples) {
    result.readings.push_back({point_at(device.what, sample.point), std::move(sample.value), sample.quality, done->at});
  }
  for (const auto& block : done->refused) {
    const auto points = device.what.driver->points();
    for (std::size_t n = 0; n < points.size(); ++n) {
      if (!covers(block, points[n])) continue;
      result.readings.push_back({point_at(device.what, n), {}, model::Quality::bad_configuration_error, done->at});
    }
  }
  if (decoded.state != device.what.state) {
    device.what.state = decoded.state;
    result.state = std::move(decoded.state);
  }
  ++device.counters.polls;
  device.missed_in_row = 0;
  device.counters.last_answer = done->at;
  device.counters.ever_answered = true;
  if (!device.counters.communicating) {
    device.counters.communicating = true;
    device.counters.since = done->at;
    result.status_changed = true;
    base::log::info("device.answers", {{"device", device.what.id.value}});
  }
  hand_over(index, std::move(result));
  arm();
}

void Poller::fail_turn(const base::Error& error) {
  const std::size_t slot = underway_->slot;
  underway_.reset();
  const std::size_t index = turns_[slot].device;
  auto& device = devices_[index];
  PollResult result;
  result.at = home_.now();
  ++device.counters.polls;
  ++device.counters.failures;
  device.counters.last_error = error.what;
  ++device.missed_in_row;
  const bool answers = error.code == base::Errc::exception_reply;
  if (answers && device.missed_in_row == kMissesUntilLost) {
    spoil(device, model::Quality::bad_device_failure, result);
  } else if (!answers && device.missed_in_row >= kMissesUntilLost) {
    lose(index, error, result);
  }
  hand_over(index, std::move(result));
  arm();
}

void Poller::lose(std::size_t index, const base::Error& error, PollResult& result) {
  auto& device = devices_[index];
  const bool first_verdict = !device.counters.ever_answered && !device.told_lost;
  if (device.counters.communicating || first_verdict) {
    device.counters.communicating = false;
    device.counters.since = result.at;
    device.told_lost = true;
    result.status_changed = true;
    base::log::warn("device.lost", {{"device", device.what.id.value}, {"reason", error.what}});
    spoil(device, model::Quality::bad_no_communication, result);
  }
  const auto when = result.at + probe_pause(device.missed_in_row);
  for (std::size_t slot = 0; slot < turns_.size(); ++slot) {
    if (turns_[slot].device == index) schedule_.defer(slot, when);
  }
}

void Poller::spoil(const Device& device, model::Quality quality, PollResult& result) {
  for (std::size_t n = 0; n < device.what.driver->points().size(); ++n) {
    result.readings.push_back({point_at(device.what, n), {}, quality, result.at});
  }
}

void Poller::hand_over(std::size_t device, PollResult result) {
  result.device = indices_[device];
  result.counters = devices_[device].counters;
  result.missed_turns = schedule_.missed() + skipped_;
  ++handed_over_;
  core_.post([this, result = std::move(result)]() mutable {
    sink_.polled(std::move(result), [this] { home_.post([this] { --handed_over_; }); });
  });
}

}  // namespace wayside::pipeline
