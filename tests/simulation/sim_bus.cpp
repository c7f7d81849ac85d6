#include "simulation/sim_bus.hpp"

#include <utility>

namespace wayside::simulation {
namespace {

using device::RegisterKind;

std::uint8_t function_of(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::coil: return 1;
    case RegisterKind::discrete: return 2;
    case RegisterKind::holding: return 3;
    case RegisterKind::input: return 4;
  }
  return 3;
}

base::Bytes request_pdu(const device::RegisterBlock& block) {
  const auto high = [](std::uint16_t v) { return static_cast<std::uint8_t>(v >> 8U); };
  const auto low = [](std::uint16_t v) { return static_cast<std::uint8_t>(v & 0xFFU); };
  return {function_of(block.kind), high(block.first), low(block.first), high(block.count), low(block.count)};
}

std::vector<std::uint16_t> words_of(const device::RegisterBlock& block, const base::Bytes& pdu) {
  std::vector<std::uint16_t> words(block.count);
  const bool bits = block.kind == RegisterKind::coil || block.kind == RegisterKind::discrete;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (bits) {
      words[i] = static_cast<std::uint16_t>((std::uint32_t{pdu.at(2 + i / 8)} >> (i % 8)) & 1U);
    } else {
      words[i] = static_cast<std::uint16_t>((std::uint32_t{pdu.at(2 + 2 * i)} << 8U) | pdu.at(3 + 2 * i));
    }
  }
  return words;
}

}  // namespace

base::Result<ports::BusReply> SimBus::answer(const ports::BusRequest& request, bool& silent) {
  const auto& block = std::get<device::RegisterBlock>(request.what);
  const auto reply = line_.handle(request.unit, request_pdu(block));
  silent = !reply || reply->pdu.at(0) >= 0x80;
  if (!reply) return base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer in time"};
  if (reply->pdu.at(0) >= 0x80) {
    const int code = reply->pdu.at(1);
    silent = code == 0x0B;
    const auto what = "exception " + std::to_string(code);
    if (silent) return base::Error{base::Errc::timeout, base::Consequence::device_lost, what, code};
    const auto consequence = code <= 3 ? base::Consequence::skip_point : base::Consequence::retry_later;
    return base::Error{base::Errc::exception_reply, consequence, what, code};
  }
  return ports::BusReply{words_of(block, reply->pdu), {}, {}};
}

void SimBus::transact(const ports::BusRequest& request, Callback done) {
  bool silent = false;
  auto reply = answer(request, silent);
  const auto took = silent ? request.timeout : std::chrono::microseconds{2'000 + random_.below(30'000)};
  const auto at = home_.now() + took;
  if (reply) reply->at = at;
  home_.post_at(at, [reply = std::move(reply), done = std::move(done)]() mutable { done(std::move(reply)); });
}

}  // namespace wayside::simulation
