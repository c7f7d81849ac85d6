#include "base/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace wayside::base {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // reflected
constexpr std::size_t kStep = 8;
constexpr std::uint32_t kAll = 0xFFFFFFFFU;

using Table = std::array<std::uint32_t, 256>;

// Table k: of a byte that k bytes follow (M. Kounavis, F. Berry, "Novel Table Lookup-Based Algorithms for
// High-Performance CRC Generation", 2008).
constexpr std::array<Table, kStep> make_tables() {
  std::array<Table, kStep> out{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ kPolynomial : crc >> 1U;
    out[0][i] = crc;
  }
  for (std::size_t k = 1; k < kStep; ++k) {
    for (std::size_t i = 0; i < 256; ++i) out[k][i] = out[0][out[k - 1][i] & 0xFFU] ^ (out[k - 1][i] >> 8U);
  }
  return out;
}

constexpr auto kTables = make_tables();

using Update = std::uint32_t (*)(std::uint32_t crc, ByteView bytes);

std::uint32_t update_by_table(std::uint32_t crc, ByteView bytes) {
  for (; bytes.size() >= kStep; bytes = bytes.subspan(kStep)) {
    for (unsigned i = 0; i < 4; ++i) crc ^= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
    std::uint32_t next = 0;
    for (unsigned i = 0; i < 4; ++i) next ^= kTables[7 - i][(crc >> (8 * i)) & 0xFFU] ^ kTables[3 - i][bytes[4 + i]];
    crc = next;
  }
  for (const auto b : bytes) crc = kTables[0][(crc ^ b) & 0xFFU] ^ (crc >> 8U);
  return crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc, ByteView bytes) {
  std::uint64_t wide = crc;
  for (; bytes.size() >= kStep; bytes = bytes.subspan(kStep)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), kStep);
    wide = _mm_crc32_u64(wide, word);
  }
  auto out = static_cast<std::uint32_t>(wide);
  for (const auto b : bytes) out = _mm_crc32_u8(out, b);
  return out;
}

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

#elif defined(__aarch64__)

std::uint32_t update_by_instruction(std::uint32_t crc, ByteView bytes) {
  for (; bytes.size() >= kStep; bytes = bytes.subspan(kStep)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), kStep);
    asm(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
  }
  for (const auto b : bytes) {
    asm(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(static_cast<std::uint32_t>(b)));
  }
  return crc;
}

bool has_instruction() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#else

constexpr Update update_by_instruction = update_by_table;
bool has_instruction() { return false; }

#endif

}  // namespace

std::uint32_t crc32c_by_table(ByteView bytes) { return update_by_table(kAll, bytes) ^ kAll; }

std::uint32_t crc32c(ByteView bytes) {
  static const Update update = has_instruction() ? update_by_instruction : update_by_table;
  return update(kAll, bytes) ^ kAll;
}

}  // namespace wayside::base
