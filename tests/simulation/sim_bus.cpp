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

base::Bytes write_pdu(const device::RegisterWrite& write) {
  base::Bytes pdu;
  const auto word = [&pdu](std::size_t v) {
    pdu.push_back(static_cast<std::uint8_t>((v >> 8U) & 0xFFU));
    pdu.push_back(static_cast<std::uint8_t>(v & 0xFFU));
  };
  const bool coils = write.kind == RegisterKind::coil;
  const std::size_t count = write.values.size();
  if (count == 1 && !write.multiple) {
    pdu.push_back(coils ? 5 : 6);
    word(write.first);
    word(coils ? (write.values[0] != 0 ? 0xFF00 : 0) : write.values[0]);
    return pdu;
  }
  pdu.push_back(coils ? 15 : 16);
  word(write.first);
  word(count);
  pdu.push_back(static_cast<std::uint8_t>(coils ? (count + 7) / 8 : 2 * count));
  if (!coils) {
    for (const auto value : write.values) word(value);
    return pdu;
  }
  const std::size_t bits = pdu.size();
  pdu.resize(bits + (count + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    if (write.values[i] != 0) pdu[bits + i / 8] = static_cast<std::uint8_t>(pdu[bits + i / 8] | (1U << (i % 8)));
  }
  return pdu;
}

base::Error error_of(int code) {
  const auto what = "exception " + std::to_string(code);
  constexpr int kNoPath = 0x0A;
  constexpr int kNoAnswer = 0x0B;
  if (code == kNoPath) return {base::Errc::closed, base::Consequence::device_lost, what, code};
  if (code == kNoAnswer) return {base::Errc::timeout, base::Consequence::device_lost, what, code};
  return {base::Errc::exception_reply, code <= 3 ? base::Consequence::skip_point : base::Consequence::retry_later, what,
          code};
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
  const auto timeout = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer in time"};
  const auto* block = std::get_if<device::RegisterBlock>(&request.what);
  const auto* write = std::get_if<device::RegisterWrite>(&request.what);
  silent = true;
  if (block == nullptr && (write == nullptr || write->values.empty())) return timeout;  // no protocols but Modbus here
  const auto reply = line_.handle(request.unit, block != nullptr ? request_pdu(*block) : write_pdu(*write));
  if (!reply || reply->pdu.size() < 2) return timeout;
  if (reply->pdu[0] >= 0x80) {
    auto error = error_of(reply->pdu[1]);
    silent = error.code == base::Errc::timeout;
    return error;
  }
  silent = false;
  return ports::BusReply{block != nullptr ? words_of(*block, reply->pdu) : std::vector<std::uint16_t>{}, {}, {}};
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
