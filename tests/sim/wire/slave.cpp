#include "sim/wire/slave.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace wayside::sim {
namespace {

constexpr std::uint8_t kWriteOne = 6;
constexpr std::uint8_t kWriteMany = 16;

std::uint16_t word(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>((unsigned{bytes[at]} << 8U) | bytes[at + 1]);
}
void put_word(base::Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

base::Bytes exception_pdu(std::uint8_t function, std::uint8_t code) {
  return {static_cast<std::uint8_t>(function | 0x80U), code};
}
base::Bytes exception_pdu(std::uint8_t function, Exception code) {
  return exception_pdu(function, static_cast<std::uint8_t>(code));
}

base::Bytes bits_pdu(std::uint8_t function, const Words& words) {
  const std::size_t size = (words.size() + 7) / 8;
  base::Bytes out(2 + size);
  out[0] = function;
  out[1] = static_cast<std::uint8_t>(size);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) out[2 + i / 8] = static_cast<std::uint8_t>(out[2 + i / 8] | (1U << (i % 8)));
  }
  return out;
}

base::Bytes words_pdu(std::uint8_t function, const Words& words) {
  base::Bytes out{function, static_cast<std::uint8_t>(2 * words.size())};
  for (const std::uint16_t each : words) put_word(out, each);
  return out;
}

base::Bytes answer_read(Device& device, base::ByteView pdu) {
  const std::uint8_t function = pdu[0];
  if (pdu.size() != 5) return exception_pdu(function, Exception::illegal_value);
  constexpr Table kTables[] = {Table::coils, Table::discrete_inputs, Table::holding, Table::input};
  const auto words = device.read(kTables[function - 1], word(pdu, 1), word(pdu, 3));
  if (!words) return exception_pdu(function, words.error());
  return function <= 2 ? bits_pdu(function, *words) : words_pdu(function, *words);
}

base::Bytes answer_write(Device& device, base::ByteView pdu) {
  const std::uint8_t function = pdu[0];
  Words words;
  if (function == kWriteOne) {
    if (pdu.size() != 5) return exception_pdu(function, Exception::illegal_value);
    words.push_back(word(pdu, 3));
  } else {
    if (pdu.size() < 6) return exception_pdu(function, Exception::illegal_value);
    const std::size_t count = word(pdu, 3);
    if (pdu[5] != 2 * count || pdu.size() != 6 + 2 * count) return exception_pdu(function, Exception::illegal_value);
    for (std::size_t i = 0; i < count; ++i) words.push_back(word(pdu, 6 + 2 * i));
  }
  const auto done = device.write(word(pdu, 1), words);
  if (!done) return exception_pdu(function, done.error());
  return {pdu.begin(), pdu.begin() + 5};  // both echo address and value, or address and count
}

}  // namespace

base::Bytes answer(Device& device, base::ByteView pdu) {
  WAYSIDE_ASSERT(!pdu.empty());
  if (pdu[0] >= 1 && pdu[0] <= 4) return answer_read(device, pdu);
  if (pdu[0] == kWriteOne || pdu[0] == kWriteMany) return answer_write(device, pdu);
  return exception_pdu(pdu[0], Exception::illegal_function);
}

std::optional<Reply> Slave::broadcast(base::ByteView pdu) {
  if (pdu[0] != kWriteOne && pdu[0] != kWriteMany) return std::nullopt;
  for (const auto& [unit, device] : devices_) {
    if (!device->manner().silent) static_cast<void>(answer(*device, pdu));
  }
  return std::nullopt;
}

std::optional<Reply> Slave::handle(std::uint8_t unit, base::ByteView pdu) {
  if (pdu.empty()) return std::nullopt;
  if (unit == 0 && missing_ == Missing::silence) return broadcast(pdu);
  const auto found = devices_.find(unit);
  if (found == devices_.end()) {
    if (missing_ == Missing::silence) return std::nullopt;
    return Reply{exception_pdu(pdu[0], Exception::target_silent)};
  }
  Device& device = *found->second;
  const Manner& manner = device.manner();
  if (manner.silent || random_.chance(manner.drop_percent / 100.0)) return std::nullopt;
  return spoilt(manner, manner.exception != 0 ? exception_pdu(pdu[0], manner.exception) : answer(device, pdu));
}

Reply Slave::spoilt(const Manner& manner, base::Bytes pdu) {
  const auto happens = [this](double percent) { return percent > 0 && random_.chance(percent / 100.0); };
  Reply reply{std::move(pdu), manner.delay};
  reply.is_corrupt = happens(manner.corrupt_percent);
  reply.is_truncated = happens(manner.truncate_percent);
  reply.wrong_unit = happens(manner.wrong_unit_percent);
  if (happens(manner.noise_percent)) reply.noise_before = some_bytes(8);
  return reply;
}

base::Bytes Slave::some_bytes(std::size_t most) {
  base::Bytes bytes(1 + random_.below(most));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
  return bytes;
}

base::Bytes Slave::babble() {
  const bool babbles = std::ranges::any_of(devices_, [](const auto& each) { return each.second->manner().babbles; });
  return babbles ? some_bytes(16) : base::Bytes{};
}

bool Slave::speaks_frames() const {
  return std::any_of(devices_.begin(), devices_.end(), [](const auto& entry) { return entry.second->speaks_frames(); });
}

std::vector<Reply> Slave::hear(base::ByteView bytes) {
  std::vector<Reply> replies;
  for (const auto& [unit, device] : devices_) {
    const Manner& manner = device->manner();
    for (auto& frame : device->hear(bytes)) {
      if (manner.silent || random_.chance(manner.drop_percent / 100.0)) continue;
      replies.push_back({std::move(frame), manner.delay, random_.chance(manner.corrupt_percent / 100.0)});
    }
  }
  return replies;
}

}  // namespace wayside::sim
