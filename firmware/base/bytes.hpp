// Bytes: the owned buffer type, a reader and a writer with bounds checks, and the word orders of field devices.
// Pure values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] std::string to_hex(ByteView bytes);
[[nodiscard]] std::string to_hex(std::uint64_t value);  // 16 digits
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

// Little-endian values, one after another: the form of small states kept in the store.
class ByteWriter {
 public:
  void u8(std::uint8_t v) { bytes_.push_back(v); }
  void u32(std::uint32_t v) { put(v, 4); }
  void u64(std::uint64_t v) { put(v, 8); }
  void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
  void f64(double v);
  void text(std::string_view v);  // u32 length, bytes
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t v, int width);
  Bytes bytes_;
};

// Reads what ByteWriter wrote. After the first read past the end every read gives zero and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(get(8)); }
  double f64();
  std::string text();
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }

 private:
  std::uint64_t get(std::size_t width);
  ByteView bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

// CRC-32C (Castagnoli), as in RFC 3720 appendix B.4: crc32c("123456789") == 0xE3069283.
[[nodiscard]] std::uint32_t crc32c(ByteView bytes);

// FNV-1a, 64 bits: for short content hashes that are not a defence against anyone.
[[nodiscard]] std::uint64_t fnv1a(ByteView bytes, std::uint64_t seed = 0xCBF29CE484222325U);

}  // namespace wayside::base
