#include "base/bytes.hpp"

#include <bit>

namespace wayside::base {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto b : bytes) {
    out += kDigits[b >> 4U];
    out += kDigits[b & 15U];
  }
  return out;
}

std::string to_hex(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4U) out[i] = kDigits[value & 15U];
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

void ByteWriter::put(std::uint64_t v, int width) {
  for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<std::uint8_t>(v >> (8U * static_cast<unsigned>(i))));
}

void ByteWriter::f64(double v) { u64(std::bit_cast<std::uint64_t>(v)); }

void ByteWriter::text(std::string_view v) {
  u32(static_cast<std::uint32_t>(v.size()));
  bytes_.insert(bytes_.end(), v.begin(), v.end());
}

std::uint64_t ByteReader::get(std::size_t width) {
  if (!ok_ || bytes_.size() - position_ < width) {
    ok_ = false;
    return 0;
  }
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < width; ++i) v |= std::uint64_t{bytes_[position_ + i]} << (8U * i);
  position_ += width;
  return v;
}

double ByteReader::f64() { return std::bit_cast<double>(get(8)); }

std::string ByteReader::text() {
  const std::uint32_t size = u32();
  if (!ok_ || bytes_.size() - position_ < size) {
    ok_ = false;
    return {};
  }
  std::string out(as_text(bytes_.subspan(position_, size)));
  position_ += size;
  return out;
}

std::uint64_t fnv1a(ByteView bytes, std::uint64_t seed) {
  std::uint64_t hash = seed;
  for (const auto b : bytes) hash = (hash ^ b) * 0x100000001B3U;
  return hash;
}

}  // namespace wayside::base
