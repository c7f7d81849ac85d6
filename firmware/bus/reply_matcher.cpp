#include "bus/reply_matcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "bus/modbus_pdu.hpp"

namespace wayside::bus {
namespace {

constexpr std::size_t kExceptionFrame = 5;
constexpr std::size_t kAroundPdu = 3;  // unit and checksum
// A peer that sends this much beside the answer is broken; a serial line cannot be so fast.
constexpr std::size_t kMostBabble = 64UL * 1024;

base::Error broken_answer(std::string what) {
  return {base::Errc::protocol, base::Consequence::retry_later, std::move(what)};
}

bool is_exception_of(base::ByteView frame, std::uint8_t function) {
  return frame.size() == kExceptionFrame && frame[1] == (function | kExceptionBit);
}

}  // namespace

std::optional<ReplyMatcher::Outcome> ReplyMatcher::ask(const Asked& asked, base::BootTime now) {
  const bool only_waits = asked.protocol != nullptr && asked.frame.empty();
  if (!only_waits || asked.protocol != protocol_) {
    noise(rx_.size(), now);
    drop_kept();
  }
  asked_ = asked;
  protocol_ = asked.protocol;
  broken_ = false;
  heard_ = 0;
  echo_left_ = echo_ ? asked.frame.size() : 0;
  echo_came_ = asked.frame.empty();
  if (asked.protocol == nullptr) return std::nullopt;
  if (only_waits) return take_kept();
  last_sent_.assign(asked.frame.begin(), asked.frame.end());
  return std::nullopt;
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::feed(base::ByteView bytes, base::BootTime at) {
  heard_ += bytes.size() - std::min(bytes.size(), echo_left_);
  if (asked_ && heard_ > kMostBabble) broken_ = true;
  if (bytes.size() > kMostKept) {
    counters_.noise_bytes += bytes.size() - kMostKept;
    bytes = bytes.last(kMostKept);
  }
  if (rx_.size() + bytes.size() > kMostKept) noise(rx_.size() + bytes.size() - kMostKept, at);
  rx_.insert(rx_.end(), bytes.begin(), bytes.end());
  return scan(at);
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::scan(base::BootTime at) {
  if (framing_ == Framing::mbap && protocol_ == nullptr) return scan_mbap(at);
  if (!strip_echo(at)) return std::nullopt;
  if (protocol_ != nullptr) return scan_frames(at);
  return scan_rtu(at);
}

bool ReplyMatcher::strip_echo(base::BootTime at) {
  if (echo_left_ == 0 || !asked_) return true;
  const auto sent = asked_->frame.last(echo_left_);
  const std::size_t both = std::min(rx_.size(), sent.size());
  const auto differs = std::mismatch(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(both), rx_.begin());
  const auto same = static_cast<std::size_t>(differs.first - sent.begin());
  if (same < both) {
    // Not what was sent: a collision, or this adapter gives no echo. The framer finds its way through what follows.
    echo_left_ = 0;
    noise(same, at, "echo differs");
    return true;
  }
  consume(same);
  echo_left_ -= same;
  echo_came_ = echo_left_ == 0;
  return echo_came_;
}

// An adapter that echoes and was not said to: reads find their way past it, a write would take it for the answer.
void ReplyMatcher::look_for_echo(base::BootTime at) {
  const auto sent = asked_->frame;
  const bool answer_is_the_same = sent.size() == answer_size(asked_->pdu) + kAroundPdu && asked_->pdu[0] > 4;
  if (answer_is_the_same || rx_.size() < sent.size() ||
      !std::ranges::equal(sent, base::ByteView(rx_).first(sent.size()))) {
    return;
  }
  saw_echo_ = true;
  noise(sent.size(), at, "echo");
}

AwaitedRtu ReplyMatcher::awaited_rtu() const {
  return {asked_->unit, asked_->pdu[0], answer_size(asked_->pdu) + kAroundPdu};
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::scan_rtu(base::BootTime at) {
  if (asked_ && !echo_) look_for_echo(at);
  std::optional<Outcome> first;  // what comes behind it is looked at as well: it has come now, not later
  while (!rx_.empty()) {
    AwaitedRtu awaited;
    if (asked_) awaited = awaited_rtu();
    const auto cut = cut_rtu(rx_, asked_ ? &awaited : nullptr);
    noise(cut.skip, at);
    if (cut.size == 0) break;
    const auto frame = base::ByteView(rx_).first(cut.size);
    std::optional<Outcome> outcome;
    if (cut.bad_checksum) {
      ++counters_.checksum_errors;
      ring_.add(at, false, frame, "checksum");
      asked_.reset();
      outcome.emplace(broken_answer("the checksum of the answer does not hold"));
    } else {
      outcome = take_rtu(frame, at);
    }
    consume(cut.size);
    if (outcome) first = std::move(outcome);
  }
  return first;
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::take_rtu(base::ByteView frame, base::BootTime at) {
  if (asked_ && frame[0] == asked_->unit) {
    const auto awaited = awaited_rtu();
    const bool fits = frame[1] == awaited.function && frame.size() == awaited.size;
    if (fits || is_exception_of(frame, awaited.function)) {
      auto words = check_response(asked_->pdu, frame.subspan(1, frame.size() - kAroundPdu));
      if (words || words.error().code != base::Errc::protocol) {
        ring_.add(at, false, frame);
        asked_.reset();
        if (!words) {
          ++counters_.exceptions;
          return words.error();
        }
        return ports::BusReply{*std::move(words), {}, at};
      }
    }
  }
  not_taken(frame, at, owed_rtu(frame, at));
  return std::nullopt;
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::scan_mbap(base::BootTime at) {
  std::optional<Outcome> first;
  while (!rx_.empty()) {
    const auto cut = cut_mbap(rx_);
    if (cut.broken) {
      broken_ = true;
      noise(rx_.size(), at);
      if (!asked_) return first;
      asked_.reset();
      return broken_answer("what came is no Modbus TCP");
    }
    if (cut.size == 0) break;
    auto outcome = take_mbap(base::ByteView(rx_).first(cut.size), at);
    consume(cut.size);
    if (outcome) first = std::move(outcome);
  }
  return first;
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::take_mbap(base::ByteView frame, base::BootTime at) {
  const auto transaction = mbap_transaction(frame);
  const auto pdu = frame.subspan(kMbapHeader);
  const bool ours = asked_ && transaction == asked_->transaction && frame[kMbapHeader - 1] == asked_->unit &&
                    (pdu[0] & 0x7FU) == asked_->pdu[0];
  if (!ours) {
    const auto owed = std::ranges::find_if(
        owed_, [&](const Owed& o) { return o.protocol == nullptr && o.rtu.size != 0 && o.transaction == transaction; });
    not_taken(frame, at, owed == owed_.end() ? nullptr : &*owed);
    return std::nullopt;
  }
  auto words = check_response(asked_->pdu, pdu);
  asked_.reset();
  if (!words) {
    const bool foreign = words.error().code == base::Errc::protocol;
    ring_.add(at, false, frame, foreign ? "foreign length" : "");
    ++(foreign ? counters_.foreign_replies : counters_.exceptions);
    return words.error();
  }
  ring_.add(at, false, frame);
  return ports::BusReply{*std::move(words), {}, at};
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::scan_frames(base::BootTime at) {
  std::optional<Outcome> first;
  while (!rx_.empty()) {
    auto cut = protocol_->cut(rx_);
    if (cut.skip > rx_.size() || cut.size > rx_.size() - cut.skip) cut = {rx_.size(), 0};
    // A cutter that needs more than a frame can have would never end.
    if (cut.skip == 0 && cut.size == 0 && rx_.size() >= device::kMostFrameBytes) cut.skip = rx_.size();
    noise(cut.skip, at);
    if (cut.size == 0) break;
    auto outcome = take_frame(base::ByteView(rx_).first(cut.size), at);
    consume(cut.size);
    if (outcome) first = std::move(outcome);
  }
  return first;
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::take_frame(base::ByteView frame, base::BootTime at) {
  if (!asked_) {
    keep(frame, at);
    return std::nullopt;
  }
  auto* owed = owed_frame(frame, at);
  // Both could be meant: it is the older one's, and that debt is paid.
  const bool older = owed != nullptr && !asked_->frame.empty() && !std::ranges::equal(owed->sent, asked_->frame);
  if (older || !protocol_->answers(last_sent_, frame)) {
    not_taken(frame, at, owed);
    return std::nullopt;
  }
  ring_.add(at, false, frame);
  asked_.reset();
  return ports::BusReply{{}, base::Bytes(frame.begin(), frame.end()), at};
}

std::optional<ReplyMatcher::Outcome> ReplyMatcher::take_kept() {
  while (!kept_.empty()) {
    const auto kept = std::move(kept_.front());
    kept_.pop_front();
    kept_bytes_ -= kept.frame.size();
    if (auto outcome = take_frame(kept.frame, kept.at)) return outcome;
  }
  return std::nullopt;
}

void ReplyMatcher::keep(base::ByteView frame, base::BootTime at) {
  while (!kept_.empty() && kept_bytes_ + frame.size() > kMostKept) {
    counters_.noise_bytes += kept_.front().frame.size();
    kept_bytes_ -= kept_.front().frame.size();
    kept_.pop_front();
  }
  kept_bytes_ += frame.size();
  kept_.push_back({base::Bytes(frame.begin(), frame.end()), at});
}

void ReplyMatcher::drop_kept() {
  for (const auto& kept : kept_) not_taken(kept.frame, kept.at, owed_frame(kept.frame, kept.at));
  kept_.clear();
  kept_bytes_ = 0;
}

ReplyMatcher::Owed* ReplyMatcher::owed_rtu(base::ByteView frame, base::BootTime at) {
  const auto found = std::ranges::find_if(owed_, [&](const Owed& o) {
    if (o.protocol != nullptr || o.rtu.size == 0 || at > o.until || frame[0] != o.unit) return false;
    return (frame[1] == o.rtu.function && frame.size() == o.rtu.size) || is_exception_of(frame, o.rtu.function);
  });
  return found == owed_.end() ? nullptr : &*found;
}

ReplyMatcher::Owed* ReplyMatcher::owed_frame(base::ByteView frame, base::BootTime at) {
  const auto found = std::ranges::find_if(owed_, [&](const Owed& o) {
    return o.protocol != nullptr && o.protocol == protocol_ && at <= o.until && o.protocol->answers(o.sent, frame);
  });
  return found == owed_.end() ? nullptr : &*found;
}

void ReplyMatcher::not_taken(base::ByteView frame, base::BootTime at, Owed* owed) {
  ++(owed != nullptr ? counters_.late_replies : counters_.foreign_replies);
  ring_.add(at, false, frame, owed != nullptr ? "late" : "foreign");
  if (owed != nullptr) *owed = {};
}

base::Error ReplyMatcher::give_up(base::BootTime now, base::BootTime late_until) {
  auto asked = *asked_;
  asked_.reset();
  auto& owed = owed_[next_owed_++ % owed_.size()];
  owed = {};
  owed.unit = asked.unit;
  owed.transaction = asked.transaction;
  owed.until = late_until;
  if (asked.protocol != nullptr) {
    if (!asked.frame.empty()) {
      owed.protocol = asked.protocol;
      owed.sent.assign(asked.frame.begin(), asked.frame.end());
    }
  } else {
    owed.rtu = {asked.unit, asked.pdu[0], answer_size(asked.pdu) + kAroundPdu};
  }
  if (begins_answer(asked)) {
    const auto torn = rx_.size();
    noise(torn, now, "torn off");
    return broken_answer(fmt::format("an answer torn off after {} bytes", torn));
  }
  ++counters_.timeouts;
  return {base::Errc::timeout, base::Consequence::device_lost, "no answer in time", ETIMEDOUT};
}

// Whether what lies there is the beginning of the answer.
bool ReplyMatcher::begins_answer(const Asked& asked) const {
  if (rx_.size() < 2 || asked.frame.empty()) return false;
  if (asked.protocol != nullptr) return true;
  if (framing_ == Framing::mbap) return mbap_transaction(rx_) == asked.transaction;
  return rx_[0] == asked.unit && (rx_[1] & 0x7FU) == asked.pdu[0];
}

void ReplyMatcher::forget() {
  asked_.reset();
  counters_.noise_bytes += rx_.size();
  rx_.clear();
  echo_left_ = 0;
  broken_ = false;
  owed_.fill({});
}

base::BootTime ReplyMatcher::clear_at(const Asked& asked) const {
  base::BootTime clear{};
  if (framing_ == Framing::mbap || asked.protocol != nullptr) return clear;
  for (const auto& owed : owed_) {
    // Whatever the length: a late exception has the length of any exception.
    const bool alike = owed.rtu.size != 0 && owed.unit == asked.unit && owed.rtu.function == asked.pdu[0];
    if (alike) clear = std::max(clear, owed.until);
  }
  return clear;
}

void ReplyMatcher::noise(std::size_t size, base::BootTime at, std::string_view note) {
  size = std::min(size, rx_.size());
  if (size == 0) return;
  counters_.noise_bytes += size;
  ring_.add(at, false, base::ByteView(rx_).first(size), note);
  consume(size);
}

void ReplyMatcher::consume(std::size_t size) {
  rx_.erase(rx_.begin(), rx_.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace wayside::bus
