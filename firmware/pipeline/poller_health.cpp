// Who is there: misses, losses and returns of devices and of the line, and what is parked.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "pipeline/poller.hpp"

namespace wayside::pipeline {
namespace {

constexpr int kMissesUntilLost = 3;
constexpr auto kProbeFirst = std::chrono::milliseconds{1000};
constexpr auto kProbeMost = std::chrono::milliseconds{10'000};
constexpr auto kLineRetry = std::chrono::milliseconds{200};  // after the first errors of a line
constexpr auto kGreetingRetry = std::chrono::seconds{1};
constexpr auto kRetryParked = std::chrono::hours{1};  // the firmware may have been changed

model::PointHandle point_at(const PolledDevice& device, std::size_t n) {
  return model::PointHandle{static_cast<std::uint32_t>(model::index(device.first_point) + n)};
}

// Two more missed probes double the pause.
std::chrono::microseconds probe_pause(int missed_in_row) {
  const int doublings = std::min((missed_in_row - kMissesUntilLost) / 2, 4);
  return std::min<std::chrono::microseconds>(kProbeFirst * (1 << std::max(doublings, 0)), kProbeMost);
}

}  // namespace

// It answered, if only with a failure.
void Poller::present(Device& device, base::BootTime at, PollResult& result) {
  device.missed_in_row = 0;
  device.heard = at;
  device.counters.last_answer = at;
  device.counters.ever_answered = true;
  if (device.counters.communicating) return;
  device.counters.communicating = true;
  device.counters.since = at;
  device.counters.last_error.clear();  // of the time before it came back
  result.status_changed = true;
  base::log::info("device.answers", {{"device", device.what.id.value}});
}

void Poller::fail_turn(const base::Error& error) {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  PollResult result;
  result.at = home_.now();
  ++device.counters.polls;
  ++device.counters.failures;
  device.counters.last_error = error.what;
  note_silence(device, result);
  if (error.code == base::Errc::exception_reply) {
    present(device, result.at, result);
    if (++device.failed_in_row == kMissesUntilLost) spoil(device, model::Quality::bad_device_failure, result);
  } else if (++device.missed_in_row >= kMissesUntilLost) {
    lose(index, error, result);
  } else if (turn_->kind == Kind::greeting) {
    schedule_.wake(device.care, result.at + kGreetingRetry);
  }
  result.readings.insert(result.readings.end(), turn_->parked.begin(), turn_->parked.end());
  for (auto& reading : result.readings) reading.at = result.at;
  hand_over(index, std::move(result));
  end_turn();
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
  device.failed_in_row = device.busy_in_row = 0;
  if (device.listens) return;  // it is listened to all the same
  device.state = State::away;
  answer_greeted(device, error);
  for (const auto slot : device.slots) schedule_.suspend(slot);
  schedule_.suspend(device.care);
  probes_.wake(index, result.at + probe_pause(device.missed_in_row));
}

void Poller::come_back(std::size_t index, PollResult& result) {
  present(devices_[index], result.at, result);
  welcome(index, home_.now());
}

// A device that begins to answer: greeted if there is anything to ask or set, then polled in full.
void Poller::welcome(std::size_t index, base::BootTime when) {
  auto& device = devices_[index];
  device.missed_in_row = device.failed_in_row = device.busy_in_row = 0;
  device.blocks.retry_parked();
  probes_.suspend(index);
  if (device.listens) return;
  if (device.greeting.empty()) {
    device.state = State::polling;
    for (const auto slot : device.slots) schedule_.wake(slot, when);
    return;
  }
  device.state = State::greeting;
  device.greeting.begin();
  for (const auto slot : device.slots) schedule_.suspend(slot);
  schedule_.wake(device.care, when);
}

void Poller::greet(std::size_t device, GreetDone done) {
  const auto at = std::ranges::find(indices_, device) - indices_.begin();
  auto& entry = devices_[static_cast<std::size_t>(at)];
  if (entry.greeting.empty() || entry.listens) return done(base::invalid_argument("it has no set-up"));
  if (stopped_ || line_away_ || entry.state == State::away) {
    const char* why = stopped_ ? "the bus ends" : line_away_ ? "its line is not there" : "it does not answer";
    return done(base::Error{base::Errc::closed, base::Consequence::drop_record, why});
  }
  entry.greeted.push_back(std::move(done));
  if (entry.state == State::greeting) return;
  welcome(static_cast<std::size_t>(at), home_.now());
  arm();
}

void Poller::answer_greeted(Device& device, const base::Result<void>& outcome) {
  for (auto& done : std::exchange(device.greeted, {})) done(outcome);
}

bool Poller::any_answers() const {
  return std::ranges::any_of(devices_, [](const Device& device) { return device.counters.communicating; });
}

base::BootTime Poller::probe_free_at(base::BootTime now) { return any_answers() ? budget_.free_at(now) : now; }

// Only probes are owed for: that a device is lost takes three misses, whatever the budget.
void Poller::charge_silence(std::chrono::microseconds took, base::BootTime now) {
  if (turn_->kind == Kind::probe && any_answers()) return budget_.spend(took, now);
  budget_.note(took);
}

void Poller::line_failed(const base::Error& error) {
  const std::size_t index = turn_->device;
  auto& device = devices_[index];
  const auto now = home_.now();
  ++line_errors_;
  heard_loss_.reset();
  opens_at_loss_ = bus_.counters().opens;
  ++device.counters.polls;
  ++device.counters.failures;
  device.counters.last_error = error.what;
  line_retry_ = now + (line_errors_ < kMissesUntilLost ? kLineRetry * line_errors_ : probe_pause(line_errors_));
  if (device.state == State::greeting) schedule_.wake(device.care, line_retry_);
  if (device.state == State::away) probes_.wake(index, line_retry_);
  if (line_errors_ == kMissesUntilLost) {
    lose_line(error);
  } else {
    PollResult result;  // its counters, so that a line that is away does not look like one where nothing is asked
    result.at = now;
    hand_over(index, std::move(result));
  }
  end_turn();
}

// While an exchange is under way its answer says the same.
void Poller::line_heard_lost(const base::Error& error) {
  constexpr auto kOpenAgainWithin = std::chrono::seconds{1};
  if (!running_ || line_errors_ > 0 || turn_) return;
  heard_loss_ = error;
  line_errors_ = 1;
  opens_at_loss_ = bus_.counters().opens;
  line_retry_ = home_.now() + kOpenAgainWithin;
  arm();
}

void Poller::give_up_line(base::BootTime now) {
  line_errors_ = kMissesUntilLost;
  line_retry_ = now + probe_pause(line_errors_);
  lose_line(*std::exchange(heard_loss_, std::nullopt));
  arm();
}

void Poller::lose_line(const base::Error& error) {
  line_away_ = true;
  base::log::warn("bus.lost", {{"bus", name_}, {"devices", devices_.size()}, {"reason", error.what}});
  for (std::size_t index = 0; index < devices_.size(); ++index) {
    auto& device = devices_[index];
    answer_greeted(device, error);
    const bool first_verdict = !device.counters.ever_answered && !device.told_lost;
    if (!device.counters.communicating && !first_verdict) continue;
    PollResult result;
    result.at = home_.now();
    device.counters.communicating = false;
    device.counters.since = result.at;
    device.counters.last_error = error.what;
    device.told_lost = true;
    result.status_changed = true;
    spoil(device, model::Quality::bad_no_communication, result);
    hand_over(index, std::move(result));
  }
}

void Poller::line_works() {
  if (line_errors_ == 0) return;
  line_errors_ = 0;
  heard_loss_.reset();
  if (!std::exchange(line_away_, false)) return;
  base::log::info("bus.back", {{"bus", name_}, {"devices", devices_.size()}});
  for (std::size_t index = 0; index < devices_.size(); ++index) {
    if (devices_[index].state != State::away) welcome(index, home_.now());
  }
}

std::optional<std::size_t> Poller::line_probe() {
  for (std::size_t tries = 0; tries < devices_.size(); ++tries) {
    const std::size_t index = line_probe_++ % devices_.size();
    if (devices_[index].listens || probe_request(devices_[index])) return index;
  }
  return std::nullopt;
}

void Poller::spoil(const Device& device, model::Quality quality, PollResult& result) {
  for (std::size_t n = 0; n < device.what.driver->points().size(); ++n) {
    result.readings.push_back({point_at(device.what, n), {}, quality, result.at});
  }
}

void Poller::park(Device& device, const std::vector<std::uint32_t>& points, base::BootTime at,
                  std::vector<model::Reading>& out) {
  for (const auto n : points)
    out.push_back({point_at(device.what, n), {}, model::Quality::bad_configuration_error, at});
  if (device.retry_parked == base::BootTime{}) device.retry_parked = at + kRetryParked;
  note_parking(device);
}

void Poller::note_parking(Device& device) {
  auto names = device.blocks.parked_names();
  device.counters.parked = names.empty() ? nullptr : std::make_shared<const std::vector<std::string>>(std::move(names));
}

void Poller::retry_parked(Device& device, base::BootTime now) {
  if (device.retry_parked == base::BootTime{} || now < device.retry_parked) return;
  device.retry_parked = device.blocks.retry_parked() ? now + kRetryParked : base::BootTime{};
}

}  // namespace wayside::pipeline
