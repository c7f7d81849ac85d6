#include "bus/framed_bus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "bus/modbus_pdu.hpp"

namespace wayside::bus {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{250};
constexpr milliseconds kMostPause{10'000};
// How long an answer may come after its deadline and still be awaited as late: twice more the timeout, within these.
constexpr milliseconds kLeastLate{50};
constexpr milliseconds kMostLate{2000};
constexpr std::chrono::microseconds late_window(std::chrono::microseconds timeout) {
  return std::clamp<std::chrono::microseconds>(2 * timeout, kLeastLate, kMostLate);
}
// Of a broadcast: the slaves need time to act (Modbus over serial line V1.02, 2.4.1: 100 to 200 ms).
constexpr milliseconds kTurnaround{100};
constexpr std::size_t kMostFrameSent = device::kMostFrameBytes;

}  // namespace

FramedBus::FramedBus(FramedBusOptions options, std::unique_ptr<ports::Line> line, base::Scheduler& home)
    : options_(options),
      line_(std::move(line)),
      home_(home),
      ring_(options.ring_bytes),
      matcher_(options.framing, options.echo, counters_, ring_) {}

void FramedBus::retire() {
  WAYSIDE_ASSERT(phase_ == Phase::idle);
  lost_ = {};
  ++life_;
  ++turn_;
  if (timer_ != base::TimerId::none) home_.cancel(std::exchange(timer_, base::TimerId::none));
  line_->close();
}

void FramedBus::transact(const ports::BusRequest& request, Callback done) {
  WAYSIDE_ASSERT(phase_ == Phase::idle);
  done_ = std::move(done);
  ++turn_;
  exceptions_before_ = counters_.exceptions;
  if (auto ready = prepare(request); !ready) return answer_later(ready.error());
  if (line_->is_open() && !opening_) return send_when_silent();
  if (pause_.count() > 0 && !opening_) {
    return answer_later(base::Error{base::Errc::closed, base::Consequence::device_lost, last_loss_.what});
  }
  phase_ = Phase::opening;
  arm(deadline_ = home_.now() + options_.open_timeout);
  if (!opening_) open();
}

base::Result<void> FramedBus::prepare(const ports::BusRequest& request) {
  unit_ = request.unit;
  timeout_ = request.timeout;
  frame_.clear();
  pdu_.clear();
  asked_ = {};
  if (timeout_.count() <= 0) return base::invalid_argument("a request needs a timeout");
  const auto* exchange = std::get_if<ports::FrameExchange>(&request.what);
  if (exchange == nullptr) return prepare_modbus(request);
  if (exchange->protocol == nullptr || exchange->send.size() > kMostFrameSent) {
    return base::invalid_argument(fmt::format("a frame of {} bytes, or without a protocol", exchange->send.size()));
  }
  frame_.assign(exchange->send.begin(), exchange->send.end());
  asked_.protocol = exchange->protocol;
  asked_.frame = frame_;
  return {};
}

base::Result<void> FramedBus::prepare_modbus(const ports::BusRequest& request) {
  const auto* block = std::get_if<device::RegisterBlock>(&request.what);
  auto made =
      block != nullptr ? append_read(*block, pdu_) : append_write(std::get<device::RegisterWrite>(request.what), pdu_);
  if (!made) return made;
  if (options_.framing == Framing::mbap) {
    open_mbap(frame_, ++transaction_, unit_);
    frame_.insert(frame_.end(), pdu_.begin(), pdu_.end());
    close_mbap(frame_);
  } else {
    if (unit_ == 0 && block != nullptr) return base::invalid_argument("unit 0 is everyone: it cannot be read");
    frame_.push_back(unit_);
    frame_.insert(frame_.end(), pdu_.begin(), pdu_.end());
    append_crc(frame_);
  }
  asked_ = {unit_, transaction_, nullptr, pdu_, frame_};
  return {};
}

bool FramedBus::is_broadcast() const {
  return options_.framing == Framing::rtu && asked_.protocol == nullptr && unit_ == 0;
}

// --- the line ------------------------------------------------------------------------------------------------------

void FramedBus::open() {
  opening_ = true;
  const auto life = ++life_;
  line_->open(home_.now() + options_.open_timeout, [this, life](const base::Result<void>& result) {
    if (life == life_) opened(result);
  });
}

void FramedBus::opened(const base::Result<void>& result) {
  opening_ = false;
  if (!result) {
    ++counters_.failed_opens;
    base::log::warn("bus.cannot_open", {{"line", line_->name()}, {"reason", result.error().what}});
    return lose(result.error().in(fmt::format("opening {}", line_->name())));
  }
  ++counters_.opens;
  silent_in_row_ = 0;
  last_activity_ = home_.now();
  base::log::info("bus.opened", {{"line", line_->name()}});
  matcher_.forget();
  line_->discard();
  read();
  if (phase_ == Phase::opening) send_when_silent();
}

// Also of a line that could not be opened.
void FramedBus::lose(const base::Error& why) {
  last_loss_ = why;
  last_loss_.consequence = base::Consequence::device_lost;
  ++life_;
  opening_ = false;
  line_->close();
  matcher_.forget();
  reopen_later();
  // A connection that was given up because its units are silent (answering) is no line that has gone.
  if (lost_ && phase_ != Phase::answering) {
    home_.post([this, error = last_loss_] {
      if (lost_) lost_(error);
    });
  }
  if (phase_ != Phase::idle && phase_ != Phase::answering) finish(last_loss_);
}

void FramedBus::reopen_later() {
  pause_ = std::clamp<milliseconds>(pause_ * 2, kFirstPause, kMostPause);
  const auto life = life_;
  home_.post_at(home_.now() + pause_, [this, life] {
    if (life == life_) open();
  });
}

// --- one transaction -----------------------------------------------------------------------------------------------

void FramedBus::send_when_silent() {
  phase_ = Phase::silence;
  give_up_silence_ = home_.now() + late_window(timeout_) + std::max(timeout_, 2 * options_.gap);
  go_on();
}

void FramedBus::send() {
  if (options_.gap.count() > 0 && !frame_.empty()) counters_.noise_bytes += line_->discard();
  phase_ = frame_.empty() ? Phase::waiting : Phase::sending;
  const auto now = home_.now();
  deadline_ = now + timeout_;
  ++counters_.transactions;
  auto at_once = matcher_.ask(asked_, now);
  if (at_once) return answer_later(*std::move(at_once));
  arm(deadline_);
  if (frame_.empty()) return;
  ring_.add(now, true, frame_);
  const auto turn = sent_turn_ = turn_;
  line_->write(frame_, deadline_, [this, turn](const base::Result<base::BootTime>& at) { sent(turn, at); });
}

void FramedBus::sent(std::uint64_t turn, const base::Result<base::BootTime>& at) {
  if (turn != turn_ || (phase_ != Phase::sending && phase_ != Phase::waiting)) return;
  if (!at) return lose(at.error());
  phase_ = Phase::waiting;
  last_activity_ = std::max(last_activity_, *at);
  deadline_ = *at + (is_broadcast() ? kTurnaround : timeout_);
  arm(deadline_);
}

void FramedBus::read() {
  const auto life = life_;
  line_->read(ports::kNoDeadline, [this, life](base::Result<ports::LineBytes> got) { received(life, std::move(got)); });
}

void FramedBus::received(std::uint64_t life, base::Result<ports::LineBytes> got) {
  if (life != life_) return;
  if (!got) {
    base::log::warn("bus.lost", {{"line", line_->name()}, {"reason", got.error().what}});
    return lose(got.error().in(line_->name()));
  }
  last_activity_ = std::max(last_activity_, got->at);
  silent_in_row_ = 0;
  auto outcome = matcher_.feed(got->bytes, got->at);
  if (matcher_.saw_echo() && !std::exchange(told_echo_, true)) {
    base::log::warn("bus.echo", {{"line", line_->name()}, {"hint", "what is sent comes back: set echo: true"}});
  }
  if (options_.echo && outcome && !matcher_.echo_came() && !std::exchange(told_echo_, true)) {
    base::log::warn("bus.no_echo", {{"line", line_->name()}, {"hint", "what is sent does not come back: echo: false"}});
  }
  // Silence is only for a serial line to keep: there is nothing better to open anew.
  if (matcher_.is_broken() && is_tcp()) {
    base::log::warn("bus.lost", {{"line", line_->name()}, {"reason", "what came belongs to no protocol"}});
    return lose({base::Errc::protocol, base::Consequence::retry_later, line_->name() + ": what came is no Modbus"});
  }
  read();
  // The late answer that was waited for may have come.
  if (phase_ == Phase::silence) return go_on();
  if (!outcome) return;
  pause_ = {};
  // What was written is still the line's: a peer that answers before it was asked is not to be believed.
  if (phase_ == Phase::sending) {
    return lose(
        {base::Errc::protocol, base::Consequence::retry_later, line_->name() + ": answered before it was asked"});
  }
  finish(*std::move(outcome));
}

void FramedBus::arm(base::BootTime deadline) {
  if (timer_ != base::TimerId::none) {
    if (timer_at_ <= deadline) return;
    home_.cancel(timer_);
  }
  timer_at_ = deadline;
  timer_ = home_.post_at(deadline, [this] {
    timer_ = base::TimerId::none;
    go_on();
  });
}

void FramedBus::go_on() {
  const auto now = home_.now();
  if (phase_ == Phase::silence) {
    const auto clear = std::max(last_activity_ + options_.gap, matcher_.clear_at(asked_));
    if (clear <= now || frame_.empty()) return send();
    if (now < give_up_silence_) return arm(std::min(clear, give_up_silence_));
    return finish(base::Error{base::Errc::protocol, base::Consequence::retry_later,
                              "the line is never silent: someone sends without being asked"});
  }
  if (phase_ != Phase::opening && phase_ != Phase::sending && phase_ != Phase::waiting) return;
  if (now < deadline_) return arm(deadline_);
  if (phase_ == Phase::opening) {
    return finish(base::Error{base::Errc::closed, base::Consequence::device_lost, line_->name() + " is still opening"});
  }
  give_up();
}

void FramedBus::give_up() {
  if (is_broadcast()) {
    matcher_.cancel();
    return finish(ports::BusReply{{}, {}, home_.now()});
  }
  const auto now = home_.now();
  const bool silent = matcher_.heard() == 0;
  auto error = matcher_.give_up(now, now + late_window(timeout_));
  silent_in_row_ = silent && !frame_.empty() ? silent_in_row_ + 1 : 0;
  if (options_.silent_until_reopened == 0 || silent_in_row_ < options_.silent_until_reopened) {
    return finish(std::move(error));
  }
  base::log::warn("bus.silent", {{"line", line_->name()}, {"requests", silent_in_row_}});
  silent_in_row_ = 0;
  phase_ = Phase::answering;  // the outcome is the unit's timeout, not the line's loss
  lose(error.in(line_->name()));
  phase_ = Phase::waiting;
  finish(std::move(error));
}

void FramedBus::answer_later(ReplyMatcher::Outcome outcome) {
  phase_ = Phase::answering;
  home_.post([this, outcome = std::move(outcome)]() mutable { finish(std::move(outcome)); });
}

base::Error FramedBus::with_hint(base::Error error) const {
  constexpr int kSuspicious = 3;
  if (options_.echo && was_sent() && !matcher_.echo_came()) {
    error.what += "; no echo came: does this adapter give one? (echo: true)";
    return error;
  }
  if (!is_tcp() || asked_.protocol != nullptr || ever_answered_) return error;
  const bool modbus = options_.framing == Framing::mbap;
  const bool other_bytes = modbus && error.code == base::Errc::protocol;
  if (unanswered_ < kSuspicious && !other_bytes) return error;
  error.what += modbus ? "; nothing here has ever answered Modbus TCP: a serial server needs framing: rtu"
                       : "; nothing here has ever answered RTU frames: a Modbus TCP device needs framing: modbus";
  return error;
}

void FramedBus::finish(ReplyMatcher::Outcome outcome) {
  phase_ = Phase::idle;
  // Also an exception: it is an answer, if no good one.
  const bool answered = counters_.exceptions != exceptions_before_ || (outcome.has_value() && !is_broadcast());
  ever_answered_ = ever_answered_ || answered;
  if (!answered && was_sent() && unanswered_ < std::numeric_limits<int>::max()) ++unanswered_;
  if (!answered && outcome.has_error()) outcome = with_hint(outcome.error());
  // The last thing done here: the next transact() may come from within.
  auto done = std::move(done_);
  done(std::move(outcome));
}

}  // namespace wayside::bus
