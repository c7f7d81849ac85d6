#include "bus/modbus_pdu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "bus/fault_map.hpp"

namespace wayside::bus {
namespace {

using device::RegisterKind;

constexpr std::uint8_t kReadCoils = 1;
constexpr std::uint8_t kReadDiscrete = 2;
constexpr std::uint8_t kReadHolding = 3;
constexpr std::uint8_t kReadInput = 4;
constexpr std::uint8_t kWriteCoil = 5;
constexpr std::uint8_t kWriteRegister = 6;
constexpr std::uint8_t kWriteCoils = 15;
constexpr std::uint8_t kWriteRegisters = 16;
constexpr std::uint16_t kCoilOn = 0xFF00;
constexpr std::size_t kWriteAnswerBytes = 5;
constexpr std::size_t kExceptionBytes = 2;
constexpr std::uint32_t kAddresses = 0x10000;

void put_word(base::Bytes& out, std::size_t word) {
  out.push_back(static_cast<std::uint8_t>(word >> 8U));
  out.push_back(static_cast<std::uint8_t>(word & 0xFFU));
}

std::uint16_t word_at(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>((unsigned{bytes[at]} << 8U) | bytes[at + 1]);
}

std::uint8_t read_function(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::coil: return kReadCoils;
    case RegisterKind::discrete: return kReadDiscrete;
    case RegisterKind::holding: return kReadHolding;
    case RegisterKind::input: break;
  }
  return kReadInput;
}

std::size_t bit_bytes(std::size_t bits) { return (bits + 7) / 8; }

base::Result<void> check_extent(std::uint16_t first, std::size_t count, std::size_t most) {
  if (count == 0 || count > most) {
    return base::invalid_argument(fmt::format("{} registers at {}: one request takes 1 to {}", count, first, most));
  }
  if (first + count > kAddresses) {
    return base::invalid_argument(fmt::format("{} registers at {}: beyond address 65535", count, first));
  }
  return {};
}

void append_bits(const std::vector<std::uint16_t>& values, base::Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + bit_bytes(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& byte = out[start + i / 8];
    if (values[i] != 0) byte = static_cast<std::uint8_t>(byte | (1U << (i % 8)));
  }
}

base::Error unlike(std::string what) { return {base::Errc::protocol, base::Consequence::retry_later, std::move(what)}; }

std::vector<std::uint16_t> bits_of(base::ByteView data, std::size_t count) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < count; ++i)
    words[i] = static_cast<std::uint16_t>((unsigned{data[i / 8]} >> (i % 8)) & 1U);
  return words;
}

std::vector<std::uint16_t> words_of(base::ByteView data, std::size_t count) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = word_at(data, 2 * i);
  return words;
}

bool is_read(std::uint8_t function) { return function >= kReadCoils && function <= kReadInput; }

}  // namespace

base::Result<void> append_read(const device::RegisterBlock& block, base::Bytes& out) {
  if (auto good = check_extent(block.first, block.count, device::max_read(block.kind)); !good) return good;
  out.push_back(read_function(block.kind));
  put_word(out, block.first);
  put_word(out, block.count);
  return {};
}

base::Result<void> append_write(const device::RegisterWrite& write, base::Bytes& out) {
  const bool coil = write.kind == RegisterKind::coil;
  if (!coil && write.kind != RegisterKind::holding) {
    return base::invalid_argument(fmt::format("a {} register cannot be written", device::to_string(write.kind)));
  }
  const std::size_t count = write.values.size();
  const std::size_t most = coil ? device::kMaxWriteBits : device::kMaxWriteRegisters;
  if (auto good = check_extent(write.first, count, most); !good) return good;
  if (coil && std::ranges::any_of(write.values, [](auto v) { return v > 1; })) {
    return base::invalid_argument("a coil takes 0 or 1");
  }
  if (count == 1 && !write.multiple) {
    out.push_back(coil ? kWriteCoil : kWriteRegister);
    put_word(out, write.first);
    put_word(out, coil ? (write.values[0] != 0 ? kCoilOn : 0U) : write.values[0]);
    return {};
  }
  out.push_back(coil ? kWriteCoils : kWriteRegisters);
  put_word(out, write.first);
  put_word(out, count);
  out.push_back(static_cast<std::uint8_t>(coil ? bit_bytes(count) : 2 * count));
  if (coil) {
    append_bits(write.values, out);
  } else {
    for (const auto value : write.values) put_word(out, value);
  }
  return {};
}

std::size_t answer_size(base::ByteView request) {
  const std::uint8_t function = request[0];
  if (!is_read(function)) return kWriteAnswerBytes;
  const std::size_t count = word_at(request, 3);
  return 2 + (function <= kReadDiscrete ? bit_bytes(count) : 2 * count);
}

base::Result<std::vector<std::uint16_t>> check_response(base::ByteView request, base::ByteView response) {
  const std::uint8_t function = request[0];
  if (response.empty()) return unlike("an empty answer");
  if (response[0] == (function | kExceptionBit)) {
    if (response.size() != kExceptionBytes) return unlike("an exception of another length");
    return exception_error(response[1]);
  }
  if (response[0] != function) return unlike(fmt::format("function {} answered to {}", response[0], function));
  if (response.size() != answer_size(request)) {
    return unlike(fmt::format("{} bytes answered, expected {}", response.size(), answer_size(request)));
  }
  if (is_read(function)) {
    if (response[1] != response.size() - 2) return unlike(fmt::format("a byte count of {}", response[1]));
    const std::size_t count = word_at(request, 3);
    const auto data = response.subspan(2);
    return function <= kReadDiscrete ? bits_of(data, count) : words_of(data, count);
  }
  // FC 05 and 06 send address and value back, 15 and 16 address and count.
  if (!std::ranges::equal(response, request.first(kWriteAnswerBytes))) {
    return unlike("another address, value or count came back than was written");
  }
  return std::vector<std::uint16_t>{};
}

}  // namespace wayside::bus
