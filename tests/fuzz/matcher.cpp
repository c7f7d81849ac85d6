// Answers and what is none, held against requests: Modbus RTU (with and without echo), Modbus TCP, FT1.2 frames.
#include "adec_tdc/ft12_frame.hpp"
#include "bus/modbus_pdu.hpp"
#include "bus/reply_matcher.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

enum class Wire : std::uint8_t { rtu, rtu_echo, mbap, frames };

class Exchanges {
 public:
  explicit Exchanges(Wire wire)
      : wire_(wire),
        matcher_(wire == Wire::mbap ? bus::Framing::mbap : bus::Framing::rtu, wire == Wire::rtu_echo, counters_,
                 ring_) {}

  void step(fuzz::Input& input) {
    now_ += 1ms;
    switch (input.u8() % 8) {
      case 0:
      case 1: return ask(input);
      case 2: return answer(input);
      case 3: return feed(wire_ == Wire::frames ? drivers::ft12::encode_short(input.u8(), input.u8()) : frame_);
      case 4: return give_up(input.u8());
      case 5: return matcher_.cancel(), void(open_ = false);
      case 6: return matcher_.forget(), void(open_ = false);
      default: return feed(input.take(input.u8()));
    }
  }

 private:
  void ask(fuzz::Input& input) {
    if (open_) return;  // one at a time
    asked_ = {};
    pdu_.clear();
    frame_.clear();
    if (wire_ == Wire::frames) {
      static constexpr std::array kFunctions{drivers::ft12::Function::reset, drivers::ft12::Function::vehicles,
                                             drivers::ft12::Function::status};
      asked_.protocol = &drivers::ft12::kProtocol;
      const auto which = input.u8() % 4U;
      if (which < 3) frame_ = drivers::ft12::request(kFunctions[which], 1, (input.u8() & 1U) != 0);
    } else {
      put_modbus(input);
    }
    asked_.pdu = pdu_;
    asked_.frame = frame_;
    static_cast<void>(matcher_.clear_at(asked_));
    open_ = true;
    note(matcher_.ask(asked_, now_));
  }

  void put_modbus(fuzz::Input& input) {
    asked_.unit = input.u8() % 3;
    asked_.transaction = input.u8() % 4;
    const auto kind = static_cast<device::RegisterKind>(input.u8() % 4);
    const auto count = static_cast<std::uint16_t>(1 + input.u8() % 125);
    const bool write =
        (count & 1U) != 0 && (kind == device::RegisterKind::coil || kind == device::RegisterKind::holding);
    const auto made =
        write ? bus::append_write({kind, 0, {1}, (count & 2U) != 0}, pdu_) : bus::append_read({kind, 0, count}, pdu_);
    fuzz::require(made.has_value(), "a request in its range is made");
    words_ = write ? 0 : count;
    frame_ = framed(asked_.unit, asked_.transaction, pdu_);
  }

  base::Bytes framed(std::uint8_t unit, std::uint16_t transaction, base::ByteView pdu) const {
    base::Bytes out;
    if (wire_ == Wire::mbap) {
      bus::open_mbap(out, transaction, unit);
      out.insert(out.end(), pdu.begin(), pdu.end());
      bus::close_mbap(out);
    } else {
      out.push_back(unit);
      out.insert(out.end(), pdu.begin(), pdu.end());
      bus::append_crc(out);
    }
    return out;
  }

  // Whole, with its sum: the right one, or of another unit, transaction, function or content.
  void answer(fuzz::Input& input) {
    const auto unlike = input.u8();
    if (wire_ == Wire::frames) return feed(drivers::ft12::encode_long(unlike, 1, input.take(input.u8() % 254U)));
    if (pdu_.empty()) return;
    base::Bytes pdu{pdu_.begin(), pdu_.begin() + 5};
    if (pdu_[0] <= 4) {
      pdu.resize(bus::answer_size(pdu_));
      pdu[1] = static_cast<std::uint8_t>(pdu.size() - 2);
    }
    if ((unlike & 1U) != 0) pdu.back() ^= input.u8();
    if ((unlike & 2U) != 0) pdu[0] = input.u8();
    if ((unlike & 4U) != 0) pdu = {static_cast<std::uint8_t>(pdu_[0] | bus::kExceptionBit), input.u8()};
    const auto unit = static_cast<std::uint8_t>(asked_.unit ^ ((unlike & 8U) != 0 ? 1U : 0U));
    const auto transaction = static_cast<std::uint16_t>(asked_.transaction ^ ((unlike & 16U) != 0 ? 1U : 0U));
    auto bytes = framed(unit, transaction, pdu);
    if ((unlike & 32U) != 0) bytes.resize(std::min<std::size_t>(bytes.size(), input.u8()));
    feed(bytes);
  }

  void feed(base::ByteView bytes) { note(matcher_.feed(bytes, now_)); }

  void note(const std::optional<bus::ReplyMatcher::Outcome>& outcome) {
    fuzz::require(counters_.noise_bytes < 1UL << 32U, "no more noise than bytes");
    if (!outcome) return;
    fuzz::require(open_, "an outcome only of a request, and one at most");
    open_ = false;
    if (!*outcome) return;
    const auto& reply = **outcome;
    fuzz::require(reply.at <= now_, "an answer does not come from the future");
    fuzz::require(reply.words.size() == (wire_ == Wire::frames ? 0 : words_), "as many words as were asked for");
    fuzz::require(reply.frame.empty() == (wire_ != Wire::frames), "a frame for a frame exchange");
  }

  void give_up(std::uint8_t late) {
    if (!open_) return;
    open_ = false;
    static_cast<void>(matcher_.give_up(now_, now_ + std::chrono::milliseconds{late}));
  }

  Wire wire_;
  ports::BusCounters counters_;
  bus::FrameRing ring_{4096};
  bus::ReplyMatcher matcher_;
  base::BootTime now_{};
  bus::Asked asked_;
  base::Bytes pdu_;
  base::Bytes frame_;
  std::size_t words_ = 0;
  bool open_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  Exchanges exchanges(static_cast<Wire>(input.u8() % 4));
  while (!input.empty()) exchanges.step(input);
  return 0;
}
