// What a turn asks, and what the answers mean.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "pipeline/poller.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kMostFrames = 64;  // of one turn
constexpr int kMostRefusals = 8;         // of one turn: a new device that refuses much must not hold the bus
constexpr int kMissedUntilSilent = 3;    // periods without a frame of a device that speaks by itself

bool is_busy(const base::Error& error) {
  constexpr int kAcknowledge = 5;
  constexpr int kBusy = 6;
  return error.code == base::Errc::exception_reply && (error.detail == kAcknowledge || error.detail == kBusy);
}

std::size_t words_wanted(const Greeting::Step& step) {
  const auto* read = std::get_if<device::RegisterBlock>(&step);
  return read == nullptr ? 0 : read->count;
}

base::Error wrong_size(std::size_t got, std::size_t wanted) {
  return {base::Errc::protocol, base::Consequence::retry_later,
          "an answer of " + std::to_string(got) + " registers to a request for " + std::to_string(wanted)};
}

}  // namespace

std::optional<Poller::Request> Poller::next_request() {
  const auto& device = devices_[turn_->device];
  const auto* protocol = device.what.driver->plan().protocol;
  switch (turn_->kind) {
    case Kind::blocks:
      if (turn_->refusals >= kMostRefusals || turn_->block >= device.blocks.count(turn_->group)) return std::nullopt;
      return device.blocks.block(turn_->group, turn_->block);
    case Kind::frames: {
      if (turn_->frames.size() >= kMostFrames) return std::nullopt;
      auto frame = device.what.driver->next_frame(turn_->group, turn_->frames, device.what.state);
      if (!frame) return std::nullopt;
      return ports::FrameExchange{protocol, std::move(frame->send)};
    }
    case Kind::greeting: return std::visit([](auto step) -> Request { return step; }, device.greeting.next());
    case Kind::probe: return probe_request(device);
    case Kind::listen: return ports::FrameExchange{protocol, {}};
  }
  return std::nullopt;
}

std::optional<Poller::Request> Poller::probe_request(const Device& device) const {
  const auto& plan = device.what.driver->plan();
  if (plan.protocol == nullptr) {
    if (const auto block = device.blocks.smallest()) return *block;
    return std::nullopt;
  }
  if (plan.groups.empty()) return std::nullopt;
  auto frame = device.what.driver->next_frame(0, {}, device.what.state);
  if (!frame) return std::nullopt;
  return ports::FrameExchange{plan.protocol, std::move(frame->send)};
}

void Poller::on_block(base::Result<ports::BusReply> reply) {
  auto& device = devices_[turn_->device];
  const auto block = device.blocks.block(turn_->group, turn_->block);
  if (reply && reply->words.size() != block.count) reply = wrong_size(reply->words.size(), block.count);
  if (reply.has_error()) {
    if (reply.error().consequence == base::Consequence::skip_point) {
      refuse_block(reply.error());
      return advance();
    }
    if (ask_again_later(reply.error())) return end_turn();
    // Some devices are silent where others refuse: what was only tried is parked again.
    if (device.blocks.on_trial(turn_->group, turn_->block)) refuse_block(reply.error());
    return fail_turn(reply.error());
  }
  if (device.blocks.on_trial(turn_->group, turn_->block)) {
    device.blocks.accept(turn_->group, turn_->block);
    note_parking(device);
  }
  turn_->at = reply->at;
  turn_->read_something = true;
  turn_->image.add(block, std::move(reply->words));
  ++turn_->block;
  advance();
}

void Poller::refuse_block(const base::Error& error) {
  auto& device = devices_[turn_->device];
  const auto block = device.blocks.block(turn_->group, turn_->block);
  const auto refusal = device.blocks.refuse(turn_->group, turn_->block);
  turn_->at = home_.now();
  ++turn_->refusals;
  ++device.counters.refused_reads;
  device.counters.last_error = error.what;
  if (refusal.split) {
    base::log::info(
        "device.reads_smaller",
        {{"device", device.what.id.value}, {"first", block.first}, {"count", block.count}, {"reason", error.what}});
    return;
  }
  if (refusal.first_time) {
    std::string names;
    for (const auto n : refusal.parked) names += (names.empty() ? "" : ", ") + device.what.driver->points()[n].name;
    base::log::warn("point.refused", {{"device", device.what.id.value},
                                      {"points", names},
                                      {"kind", device::to_string(block.kind)},
                                      {"register", block.first},
                                      {"reason", error.what}});
  }
  park(device, refusal.parked, turn_->at, turn_->parked);
}

void Poller::on_frame(base::Result<ports::BusReply> reply) {
  if (reply) {
    turn_->at = reply->at;
    turn_->frames.push_back(std::move(reply->frame));
    return advance();
  }
  if (turn_->frames.empty()) return fail_turn(reply.error());
  devices_[turn_->device].counters.last_error = reply.error().what;
  finish_turn();  // an answer that broke off: what came counts
}

void Poller::on_heard(base::Result<ports::BusReply> reply) {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  PollResult result;
  if (reply) {
    turn_->frames.push_back(std::move(reply->frame));
    turn_->at = result.at = reply->at;
    present(device, result.at, result);
    ++device.counters.polls;
    constexpr int kMostWaiting = 64;
    if (handed_over_ >= kMostWaiting) {
      ++statistics_.skipped;
      return end_turn();
    }
    decode(device, *turn_, result);
    hand_over(index, std::move(result));
    return end_turn();
  }
  result.at = home_.now();
  device.counters.last_error = reply.error().what;
  const auto period = device.what.driver->plan().groups[0].period;
  const bool first_verdict = !device.counters.ever_answered && !device.told_lost;
  const bool silent = result.at - device.heard >= kMissedUntilSilent * period;
  if (silent && (device.counters.communicating || first_verdict)) {
    ++device.counters.failures;
    lose(index, reply.error(), result);
    hand_over(index, std::move(result));
  }
  end_turn();
}

void Poller::on_greeting(const base::Result<ports::BusReply>& reply) {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  const auto wanted = words_wanted(device.greeting.next());
  if (reply.has_error() && reply.error().code != base::Errc::exception_reply) return fail_turn(reply.error());
  if (reply.has_value() && wanted > 0 && reply->words.size() != wanted) {
    return fail_turn(wrong_size(reply->words.size(), wanted));
  }
  PollResult result;
  result.at = reply ? reply->at : home_.now();
  present(device, result.at, result);
  const std::uint32_t written = device.greeting.written();
  if (reply) {
    device.greeting.answered(reply->words);
  } else if (ask_again_later(reply.error())) {
    if (result.status_changed) hand_over(index, std::move(result));
    return end_turn();
  } else {
    device.greeting.refused(reply.error());
  }
  device.busy_in_row = 0;
  device.counters.setup_writes += device.greeting.written() - written;
  if (device.greeting.done()) {
    end_greeting(index, result);
  } else {
    schedule_.wake(device.care, home_.now());
  }
  if (result.status_changed || result.identity || !result.readings.empty()) hand_over(index, std::move(result));
  end_turn();
}

void Poller::end_greeting(std::size_t index, PollResult& result) {
  auto& device = devices_[index];
  auto identity = device.greeting.identity();
  // What could not be read this time is what it was.
  if (identity.serial.empty() && device.identity) identity.serial = device.identity->serial;
  if (identity.firmware.empty() && device.identity) identity.firmware = device.identity->firmware;
  const bool told = !identity.serial.empty() || !identity.firmware.empty();
  if (told && device.identity != identity) {
    base::log::info("device.identity",
                    {{"device", device.what.id.value}, {"serial", identity.serial}, {"firmware", identity.firmware}});
    device.identity = result.identity = identity;
  }
  for (const auto& refused : device.greeting.refusals()) {
    ++device.counters.refused_setup;
    base::log::warn("device.refuses_setup",
                    {{"device", device.what.id.value}, {"what", refused.title}, {"reason", refused.reason}});
  }
  if (device.greeting.written() > 0) {
    base::log::info("device.set_up", {{"device", device.what.id.value}, {"writes", device.greeting.written()}});
  }
  park(device, device.blocks.set_firmware(identity.firmware), result.at, result.readings);
  device.state = State::polling;
  for (const auto slot : device.slots) schedule_.wake(slot, home_.now());
  const auto& refusals = device.greeting.refusals();
  answer_greeted(device, refusals.empty() ? base::Result<void>{}
                                          : base::Error{base::Errc::exception_reply, base::Consequence::drop_record,
                                                        refusals.front().title + ": " + refusals.front().reason});
}

void Poller::on_probe(const base::Result<ports::BusReply>& reply) {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  const bool spoke = reply.has_value() || reply.error().code == base::Errc::exception_reply;
  if (!spoke) return fail_turn(reply.error());
  PollResult result;
  result.at = reply ? reply->at : home_.now();
  ++device.counters.polls;
  if (device.state == State::away) {
    come_back(index, result);
  } else {
    present(device, result.at, result);
  }
  if (result.status_changed) hand_over(index, std::move(result));
  end_turn();
}

void Poller::finish_turn() {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  const bool nothing = !turn_->read_something && turn_->refusals == 0 && turn_->frames.empty();
  if (nothing) {
    // There was nothing to ask: a frame protocol between two of its requests.
    if (device.state == State::away) probes_.wake(index, home_.now() + std::chrono::seconds{10});
    return end_turn();
  }
  PollResult result;
  result.at = turn_->at;
  result.due = turn_->due;
  ++device.counters.polls;
  device.failed_in_row = device.busy_in_row = 0;
  present(device, turn_->at, result);
  if (turn_->read_something || !turn_->frames.empty()) decode(device, *turn_, result);
  result.readings.insert(result.readings.end(), turn_->parked.begin(), turn_->parked.end());
  for (auto& reading : result.readings) reading.at = result.at;  // one instant
  hand_over(index, std::move(result));
  end_turn();
}

void Poller::decode(Device& device, Turn& turn, PollResult& result) const {
  auto decoded = device.what.driver->decode({std::move(turn.image), turn.at, boot_, turn.group, std::move(turn.frames)},
                                            device.what.state);
  const auto points = device.what.driver->points().size();
  result.readings.reserve(decoded.samples.size());
  for (auto& sample : decoded.samples) {
    if (sample.point >= points || device.blocks.is_parked(sample.point)) continue;
    const auto point =
        model::PointHandle{static_cast<std::uint32_t>(model::index(device.what.first_point) + sample.point)};
    result.readings.push_back({point, std::move(sample.value), sample.quality, turn.at});
  }
  if (decoded.state != device.what.state) {
    device.what.state = decoded.state;
    result.state = std::move(decoded.state);
  }
}

// A family of frames may have a link to set up anew after a silence: it is told of each turn without an answer. What it
// would say of the points is not taken: that is for lose() to say.
void Poller::note_silence(Device& device, PollResult& result) const {
  const bool asked = turn_->kind == Kind::frames || turn_->kind == Kind::probe;
  if (!asked || device.what.driver->plan().protocol == nullptr) return;
  auto state = device.what.driver->decode({{}, result.at, boot_, turn_->group, {}}, device.what.state).state;
  if (state == device.what.state) return;
  device.what.state = state;
  result.state = std::move(state);
}

bool Poller::ask_again_later(const base::Error& error) {
  constexpr int kMostBusy = 3;
  constexpr auto kBusyPause = std::chrono::milliseconds{100};
  if (!is_busy(error)) return false;
  auto& device = devices_[turn_->device];
  ++device.counters.busy;
  if (++device.busy_in_row > kMostBusy) {
    device.busy_in_row = 0;
    return false;
  }
  schedule_.wake(turn_->slot, home_.now() + kBusyPause);
  return true;
}

}  // namespace wayside::pipeline
