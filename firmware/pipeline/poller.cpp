#include "pipeline/poller.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wayside::pipeline {
namespace {

constexpr std::chrono::seconds kStatisticsEvery{1};
constexpr std::chrono::milliseconds kLookAtLine{250};  // whether a lost line is open again
constexpr int kMostHandedOver = 64;  // results waiting on core: beyond it polls are skipped and counted as missed
constexpr std::chrono::microseconds kSlowPeriod{std::chrono::minutes{1}};
constexpr std::chrono::microseconds kGreetingPeriod{std::chrono::seconds{1}};  // only for its place among the polls
// A probe that is two of these late goes before polls, within its budget: on a bus that is never idle a lost device
// could not come back otherwise.
constexpr std::chrono::microseconds kProbePeriod{std::chrono::seconds{5}};

bool has_alarm_point(const PolledDevice& device, const ReadBlocks& blocks, std::size_t group) {
  const auto is_alarm = [&device](std::uint32_t n) { return n < device.alarm_points.size() && device.alarm_points[n]; };
  // Which frame brings which point is only known to the family: then all groups are as urgent as the most urgent.
  if (device.driver->plan().protocol != nullptr)
    return std::ranges::find(device.alarm_points, true) != device.alarm_points.end();
  return std::ranges::any_of(blocks.points_of(group), is_alarm);
}

}  // namespace

Poller::Poller(std::vector<PolledDevice> devices, std::vector<std::size_t> indices, const base::BootId& boot,
               ports::RegisterBus& bus, base::Scheduler& home, base::Scheduler& core, PollSink& sink,
               PollerOptions options)
    : indices_(std::move(indices)),
      boot_(boot),
      name_(std::move(options.bus)),
      bus_(bus),
      home_(home),
      own_hand_over_(options.hand_over == nullptr ? std::make_unique<HandOver>(home, core, sink) : nullptr),
      to_core_(options.hand_over == nullptr ? own_hand_over_.get() : options.hand_over),
      budget_(options.dead_share),
      alive_(std::make_shared<Poller*>(this)) {
  for (auto& device : devices) add(std::move(device));
}

Poller::~Poller() = default;

void Poller::add(PolledDevice what) {
  const auto& plan = what.driver->plan();
  const std::size_t index = devices_.size();
  ReadBlocks blocks(plan, what.driver->points(), what.limits);
  // Identity and set-up are registers: a frame protocol has none.
  Greeting greeting = plan.protocol == nullptr ? Greeting(what.identity, what.setup) : Greeting({}, {});
  most_quiet_ = std::max(most_quiet_, what.quiet);
  Device device{std::move(what), std::move(blocks), std::move(greeting), {}, {}};
  device.listens = plan.listen && plan.protocol != nullptr && !plan.groups.empty();
  if (device.listens && !listener_) listener_ = index;
  for (std::size_t group = 0; group < plan.groups.size() && !device.listens; ++group) {
    const auto period = plan.groups[group].period;
    auto priority = period >= kSlowPeriod ? BusClass::slow : BusClass::normal;
    if (has_alarm_point(device.what, device.blocks, group)) priority = BusClass::alarm;
    device.slots.push_back(schedule_.add(period, priority));
    work_.push_back({index, group, false});
  }
  device.care = schedule_.add_idle(kGreetingPeriod);
  work_.push_back({index, 0, true});
  probes_.add_idle(kProbePeriod, BusClass::probe);
  devices_.push_back(std::move(device));
}

void Poller::start() {
  const auto now = home_.now();
  running_ = true;
  started_ = free_since_ = now;
  budget_.start(now);
  bus_.when_lost([seen = std::weak_ptr(alive_)](const base::Error& error) {
    if (const auto poller = seen.lock()) (*poller)->line_heard_lost(error);
  });
  schedule_.start(now);
  for (auto& device : devices_) {
    device.counters.since = device.heard = now;
    if (device.greeting.empty() || device.slots.empty()) continue;
    const auto first = schedule_.due_of(device.slots.front());
    for (const auto slot : device.slots) schedule_.suspend(slot);
    device.state = State::greeting;
    device.greeting.begin();
    schedule_.wake(device.care, first);
  }
  arm();
}

void Poller::stop(base::Task idle) {
  running_ = false;
  stopped_ = true;
  exchanging_ = false;
  ++turn_number_;
  turn_.reset();
  for (auto* timer : {&timer_, &expiry_timer_}) {
    if (*timer != base::TimerId::none) home_.cancel(std::exchange(*timer, base::TimerId::none));
  }
  cancel_jobs();
  const base::Error ends{base::Errc::cancelled, base::Consequence::drop_record, "the bus ends"};
  for (auto& device : devices_) answer_greeted(device, ends);
  idle_ = std::move(idle);
  tell_idle();
}

void Poller::tell_idle() {
  if (!stopped_ || on_bus_ || job_running_ || !idle_) return;
  std::exchange(idle_, {})();
}

std::optional<base::BootTime> Poller::next_wake() {
  const auto now = home_.now();
  if (!jobs_.empty()) return now;
  if (line_errors_ > 0) return std::min(line_retry_, now + kLookAtLine);
  if (listener_) return now;
  auto when = schedule_.next_due();
  if (const auto probe = probes_.next_due()) {
    const auto may = std::max(*probe, probe_free_at(now));
    when = when ? std::min(*when, may) : may;
  }
  return when;
}

void Poller::arm() {
  if (!running_ || turn_ || job_running_) return;
  if (timer_ != base::TimerId::none) home_.cancel(std::exchange(timer_, base::TimerId::none));
  const auto when = next_wake();
  if (!when) return;
  timer_ = home_.post_at(std::max(*when, silent_until_), [this] {
    timer_ = base::TimerId::none;
    pump();
  });
}

void Poller::pump() {
  if (!running_ || turn_ || job_running_) return;
  const auto now = home_.now();
  if (now < silent_until_) return arm();
  const auto job = jobs_.first();
  if (job && (job->priority == BusClass::command || job->expires <= now)) return run_job();
  if (line_errors_ > 0) return pump_broken_line(now);
  if (start_late(now)) return;
  last_was_late_ = false;
  const auto poll = schedule_.peek(now);
  if (job && (!poll || std::tie(job->priority, job->expires) < std::tie(poll->priority, poll->deadline))) {
    return run_job();
  }
  if (poll) return start_poll(*poll);
  const auto probe = probes_.peek(now);
  if (probe && probe_free_at(now) <= now) return start_probe(*probe);
  if (listener_) return begin({.kind = Kind::listen, .device = *listener_});
  arm();
}

void Poller::pump_broken_line(base::BootTime now) {
  if (!jobs_.empty()) return run_job();
  // The bus opens a lost line again by itself: then there is nothing to wait for.
  const bool opened = bus_.counters().opens != opens_at_loss_;
  if (opened && heard_loss_) {
    line_works();  // as quickly as that: no one has missed it
    return arm();
  }
  if (now < line_retry_ && !opened) return arm();
  if (heard_loss_) return give_up_line(now);
  const auto index = line_probe();
  if (!index) {
    line_works();  // nothing to ask by itself (frame protocols between two requests): the polls find out
    return arm();
  }
  begin({.kind = devices_[*index].listens ? Kind::listen : Kind::probe, .device = *index});
}

bool Poller::start_late(base::BootTime now) {
  if (std::exchange(last_was_late_, false)) return false;
  // The probe first: its budget keeps it rare, while on a bus with too much to do some poll is always late.
  const auto probe = probes_.peek_late(now);
  if (probe && probe_free_at(now) <= now) {
    last_was_late_ = true;
    start_probe(*probe);
    return true;
  }
  const auto late = schedule_.peek_late(now);
  if (!late) return false;
  last_was_late_ = true;
  start_poll(*late);
  return true;
}

void Poller::start_poll(const PollSchedule::Due& due) {
  const auto now = home_.now();
  schedule_.take(due, now);
  const auto& work = work_[due.slot];
  auto& device = devices_[work.device];
  // Core is behind (a slow disk): this turn is skipped, the next one comes at its own time.
  if (handed_over_ >= kMostHandedOver) {
    ++statistics_.skipped;
    if (work.greeting) schedule_.wake(due.slot, now + kGreetingPeriod);
    return arm();
  }
  ++statistics_.turns[index(due.priority)];
  start_delay_.add(now - due.due);
  own_delay_.add(now - std::max(due.due, free_since_));
  if (work.greeting) return begin({.kind = Kind::greeting, .device = work.device, .slot = due.slot});
  const bool frames = device.what.driver->plan().protocol != nullptr;
  if (!frames) {
    retry_parked(device, now);
    const bool some = device.blocks.count(work.group) > 0;
    if (!some && !(device.blocks.nothing_left() && device.blocks.retry_one(work.group))) return arm();
  }
  begin({.kind = frames ? Kind::frames : Kind::blocks,
         .device = work.device,
         .group = work.group,
         .slot = due.slot,
         .due = due.due});
}

void Poller::start_probe(const PollSchedule::Due& due) {
  probes_.take(due, home_.now());
  ++statistics_.turns[index(BusClass::probe)];
  begin({.kind = Kind::probe, .device = due.slot});
}

void Poller::begin(Turn turn) {
  turn_ = std::move(turn);
  advance();
}

void Poller::advance() {
  if (!running_ || !turn_ || job_running_ || exchanging_) return;
  auto request = next_request();
  if (!request) return finish_turn();
  const auto* frame = std::get_if<ports::FrameExchange>(&*request);
  const bool torn = frame != nullptr && frame->send.empty();  // it waits for the rest of an answer
  const auto job = jobs_.first();
  if (job && job->priority == BusClass::command && !torn) return run_job();
  if (home_.now() < silent_until_) {
    if (timer_ != base::TimerId::none) home_.cancel(timer_);
    timer_ = home_.post_at(silent_until_, [this] {
      timer_ = base::TimerId::none;
      advance();
    });
    return;
  }
  exchange(std::move(*request));
}

void Poller::exchange(Request what) {
  const auto& device = devices_[turn_->device];
  auto timeout = device.what.timeout;
  if (turn_->kind == Kind::listen) {
    // Long, because an exchange that ends in the middle of a frame may cost the frame; not too long, because a job
    // waits.
    timeout = std::clamp<std::chrono::microseconds>(device.what.driver->plan().groups[0].period,
                                                    std::chrono::seconds{1}, std::chrono::seconds{10});
  }
  exchanging_ = on_bus_ = true;
  turn_->exchange_began = home_.now();
  bus_.transact({device.what.unit, std::move(what), timeout},
                [this, number = ++turn_number_](base::Result<ports::BusReply> reply) {
                  on_bus_ = false;
                  if (number == turn_number_ && running_) return on_reply(std::move(reply));
                  tell_idle();
                });
}

void Poller::on_reply(base::Result<ports::BusReply> reply) {
  exchanging_ = false;
  const auto now = home_.now();
  auto& device = devices_[turn_->device];
  const auto took = now - turn_->exchange_began;
  device.counters.airtime += took;
  if (reply.has_error()) {
    const auto code = reply.error().code;
    if (code == base::Errc::io || code == base::Errc::closed) return line_failed(reply.error());
    if (code == base::Errc::timeout && turn_->kind != Kind::listen) ++device.counters.timeouts;
    if (code != base::Errc::exception_reply && turn_->kind != Kind::listen) charge_silence(took, now);
  }
  line_works();
  const bool spoke = reply.has_value() || reply.error().code == base::Errc::exception_reply;
  if (spoke) silent_until_ = std::max(silent_until_, now + device.what.quiet);
  switch (turn_->kind) {
    case Kind::blocks: return on_block(std::move(reply));
    case Kind::frames: return on_frame(std::move(reply));
    case Kind::greeting: return on_greeting(reply);
    case Kind::probe: return on_probe(reply);
    case Kind::listen: return on_heard(std::move(reply));
  }
}

void Poller::end_turn() {
  turn_.reset();
  free_since_ = std::max(home_.now(), silent_until_);
  arm();
}

void Poller::hand_over(std::size_t device, PollResult result) {
  result.device = indices_[device];
  result.counters = devices_[device].counters;
  if (const auto now = home_.now(); now - told_statistics_ >= kStatisticsEvery || result.status_changed) {
    told_statistics_ = now;
    result.bus = statistics();
  }
  result.missed_turns = schedule_.missed() + statistics_.skipped;
  ++handed_over_;
  to_core_->give(std::move(result), [this] { --handed_over_; });
}

BusStatistics Poller::statistics() const {
  BusStatistics out = statistics_;
  out.missed = schedule_.missed_by_class();
  out.start_p50 = start_delay_.quantile(500);
  out.start_p99 = start_delay_.quantile(990);
  out.start_within = start_delay_.within();
  out.starts = start_delay_.total();
  out.start_sum = start_delay_.sum();
  out.own_p50 = own_delay_.quantile(500);
  out.own_p99 = own_delay_.quantile(990);
  const auto ran = home_.now() - started_;
  if (ran.count() > 0) out.dead_per_mille = static_cast<std::uint32_t>(budget_.spent() * 1000 / ran);
  for (const auto& device : devices_) {
    out.splits += device.blocks.splits();
    if (device.counters.parked) out.parked_points += static_cast<std::uint32_t>(device.counters.parked->size());
  }
  out.line_away = line_away_;
  return out;
}

}  // namespace wayside::pipeline
