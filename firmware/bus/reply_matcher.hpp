// What comes on a line, held against what was asked: cuts frames, finds the answer, names everything else (late,
// foreign, spoiled, echo, noise), counts and captures it. Without line, timer or clock: bytes and times in, an outcome
// out. Used on the bus's Scheduler.
//
// An answer is never taken for another request's. Over MBAP the transaction id decides. RTU has none: there an answer
// to a request that was given up looks like the answer to the next one to the same unit with the same function, so
// clear_at() says until when such a request has to wait.
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "base/bytes.hpp"
#include "bus/frame_ring.hpp"
#include "bus/framer.hpp"
#include "ports/register_bus.hpp"

namespace wayside::bus {

enum class Framing { rtu, mbap };

// A request as it leaves. The views must stay until the answer, give_up() or cancel().
struct Asked {
  std::uint8_t unit = 0;
  std::uint16_t transaction = 0;                    // of MBAP
  const device::FrameProtocol* protocol = nullptr;  // null: Modbus
  base::ByteView pdu;                               // of Modbus
  base::ByteView frame;                             // as on the wire; of a frame exchange empty: only wait
};

class ReplyMatcher {
 public:
  using Outcome = base::Result<ports::BusReply>;
  // What waits between two exchanges is bounded by this many bytes.
  static constexpr std::size_t kMostKept = 4096;

  // `echo`: the bytes of each request come back before its answer.
  ReplyMatcher(Framing framing, bool echo, ports::BusCounters& counters, FrameRing& ring)
      : framing_(framing), echo_(echo), counters_(counters), ring_(ring) {}

  // The request leaves now: from here on its answer is looked for. What still lay there is dropped and counted, but for
  // a frame exchange that only waits: that one may be answered at once by what came before.
  [[nodiscard]] std::optional<Outcome> ask(const Asked& asked, base::BootTime now);
  // An outcome at most once for each ask(). Errors: of check_response(); protocol: a spoiled answer.
  [[nodiscard]] std::optional<Outcome> feed(base::ByteView bytes, base::BootTime at);
  // The deadline has passed: an answer that comes until `late_until` is late. What is known about why.
  [[nodiscard]] base::Error give_up(base::BootTime now, base::BootTime late_until);
  // The request will get no answer (a broadcast, a lost line); with a lost line all that is owed is forgotten too.
  void cancel() { asked_.reset(); }
  void forget();

  // When this request may leave without danger of being given a late answer; in the past: now.
  [[nodiscard]] base::BootTime clear_at(const Asked& asked) const;
  // The stream is no Modbus TCP, or nothing but noise: the connection must be closed.
  [[nodiscard]] bool is_broken() const { return broken_; }
  // Bytes since ask(), of whatever kind but the echo.
  [[nodiscard]] std::size_t heard() const { return heard_; }
  // The echo of the request asked last has come whole.
  [[nodiscard]] bool echo_came() const { return echo_came_; }
  // Our own request came back though no echo was expected.
  [[nodiscard]] bool saw_echo() const { return saw_echo_; }

 private:
  // An answer that may still come.
  struct Owed {
    std::uint8_t unit = 0;
    std::uint16_t transaction = 0;
    AwaitedRtu rtu;
    const device::FrameProtocol* protocol = nullptr;
    base::Bytes sent;
    base::BootTime until{};
  };
  struct Kept {
    base::Bytes frame;
    base::BootTime at{};
  };

  [[nodiscard]] std::optional<Outcome> scan(base::BootTime at);
  [[nodiscard]] std::optional<Outcome> scan_rtu(base::BootTime at);
  [[nodiscard]] std::optional<Outcome> scan_mbap(base::BootTime at);
  [[nodiscard]] std::optional<Outcome> scan_frames(base::BootTime at);
  [[nodiscard]] std::optional<Outcome> take_rtu(base::ByteView frame, base::BootTime at);
  [[nodiscard]] std::optional<Outcome> take_mbap(base::ByteView frame, base::BootTime at);
  [[nodiscard]] std::optional<Outcome> take_frame(base::ByteView frame, base::BootTime at);
  [[nodiscard]] std::optional<Outcome> take_kept();
  // False: more of it has to come.
  [[nodiscard]] bool strip_echo(base::BootTime at);
  void look_for_echo(base::BootTime at);
  void keep(base::ByteView frame, base::BootTime at);
  void drop_kept();
  void not_taken(base::ByteView frame, base::BootTime at, Owed* owed);
  void noise(std::size_t size, base::BootTime at, std::string_view note = "noise");
  void consume(std::size_t size);
  [[nodiscard]] bool begins_answer(const Asked& asked) const;
  [[nodiscard]] AwaitedRtu awaited_rtu() const;
  [[nodiscard]] Owed* owed_rtu(base::ByteView frame, base::BootTime at);
  [[nodiscard]] Owed* owed_frame(base::ByteView frame, base::BootTime at);

  Framing framing_;
  bool echo_;
  ports::BusCounters& counters_;
  FrameRing& ring_;

  std::optional<Asked> asked_;
  const device::FrameProtocol* protocol_ = nullptr;  // of the last exchange: cuts what comes between
  base::Bytes last_sent_;                            // of a frame exchange
  base::Bytes rx_;
  std::size_t echo_left_ = 0;
  std::size_t heard_ = 0;
  bool broken_ = false;
  bool saw_echo_ = false;
  bool echo_came_ = false;
  std::array<Owed, 8> owed_;
  std::size_t next_owed_ = 0;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace wayside::bus
