// RegisterBus over a ports::Line: Modbus TCP, RTU over TCP, RTU on a serial line, and frame protocols. Home: the bus's
// Scheduler, which it never blocks; several of them may share one. It reads all the time, so that it sees at once when
// the line goes, and loses no frame of a device that speaks by itself.
//
// The line: opened with the first transact(); when it is lost, opened again by itself after 250 ms, doubling up to
// 10 s until an answer comes. While it is away transact() fails at once with Errc::closed and the reason.
// One transaction: wait for silence (3.5 characters on a serial line) and until no late answer can be mistaken for the
// one to come; send; take what ReplyMatcher says is the answer; or give up at the deadline. The timeout of a request
// counts from its last byte on the wire.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/scheduler.hpp"
#include "bus/reply_matcher.hpp"
#include "ports/line.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

struct FramedBusOptions {
  Framing framing = Framing::rtu;
  std::chrono::microseconds gap{};  // of silence before each request: frame_gap() of a serial line, 0 over TCP
  bool echo = false;
  // Requests in a row without a single byte after which a connection is opened anew; 0: never (a serial line).
  int silent_until_reopened = 0;
  std::chrono::microseconds open_timeout = std::chrono::seconds{2};
  std::size_t ring_bytes = 64UL * 1024;
};

class FramedBus final : public ports::RegisterBus {
 public:
  FramedBus(FramedBusOptions options, std::unique_ptr<ports::Line> line, base::Scheduler& home);
  // No callback of the line or task of the home may run any more.
  ~FramedBus() override = default;

  void transact(const ports::BusRequest& request, Callback done) override;
  [[nodiscard]] bool was_sent() const override { return sent_turn_ == turn_; }
  void when_lost(Lost listener) override { lost_ = std::move(listener); }
  [[nodiscard]] std::vector<ports::CapturedFrame> captured() const override { return ring_.frames(); }
  [[nodiscard]] ports::BusCounters counters() const override { return counters_; }

  // Lets go of the line for good; on the home Scheduler, with no transaction under way. It may be destroyed there once
  // that has run what is due by then, also tasks that come within a second.
  void retire();

 private:
  enum class Phase { idle, opening, silence, sending, waiting, answering };

  [[nodiscard]] base::Result<void> prepare(const ports::BusRequest& request);
  [[nodiscard]] base::Result<void> prepare_modbus(const ports::BusRequest& request);
  [[nodiscard]] bool is_broadcast() const;

  void open();
  void opened(const base::Result<void>& result);
  void lose(const base::Error& why);
  void reopen_later();

  void send_when_silent();
  void send();
  void sent(std::uint64_t turn, const base::Result<base::BootTime>& at);
  void read();
  void received(std::uint64_t life, base::Result<ports::LineBytes> got);
  void arm(base::BootTime deadline);
  // What the timer finds: silence, or a deadline.
  void go_on();
  void give_up();
  [[nodiscard]] bool is_tcp() const { return options_.silent_until_reopened > 0; }
  // The error with the setting that it may come from, where it looks like that.
  [[nodiscard]] base::Error with_hint(base::Error error) const;
  void answer_later(ReplyMatcher::Outcome outcome);
  void finish(ReplyMatcher::Outcome outcome);

  FramedBusOptions options_;
  std::unique_ptr<ports::Line> line_;
  base::Scheduler& home_;
  ports::BusCounters counters_;
  FrameRing ring_;
  ReplyMatcher matcher_;

  Phase phase_ = Phase::idle;
  Callback done_;
  Lost lost_;
  std::uint64_t turn_ = 0;       // of transact(): what belongs to an older one is ignored
  std::uint64_t sent_turn_ = 0;  // the newest turn_ of which something was given to the line
  std::uint8_t unit_ = 0;
  std::chrono::microseconds timeout_{};
  Asked asked_;
  base::Bytes pdu_;
  base::Bytes frame_;
  std::uint16_t transaction_ = 0;
  base::BootTime give_up_silence_{};
  base::BootTime deadline_{};

  bool opening_ = false;
  std::uint64_t life_ = 0;  // of the line: what belongs to an older one is ignored
  std::chrono::milliseconds pause_{0};
  base::Error last_loss_;
  base::BootTime last_activity_{};
  int silent_in_row_ = 0;
  bool told_echo_ = false;
  std::uint64_t exceptions_before_ = 0;  // this transaction
  int unanswered_ = 0;                   // requests, while nothing has ever answered
  bool ever_answered_ = false;

  // One timer, armed anew only when it fires or is too late: most transactions never touch it.
  base::TimerId timer_ = base::TimerId::none;
  base::BootTime timer_at_{};
};

}  // namespace wayside::bus
