// Between the words on the wire and one number: byte and word order, BCD, text. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "device/profile.hpp"

namespace wayside::device {

// The words as one number, most significant byte first, whatever their order on the wire. At most four words.
[[nodiscard]] std::uint64_t compose(ByteOrder order, std::span<const std::uint16_t> words);

// The way back: the low 16 * `count` bits as words.
[[nodiscard]] std::vector<std::uint16_t> lay_out(ByteOrder order, std::uint64_t bits, std::uint16_t count);

// Packed BCD of `words` words. None: a nibble above 9.
[[nodiscard]] std::optional<std::int64_t> from_bcd(std::uint64_t bits, std::uint16_t words);
// None: below zero, or more digits than fit.
[[nodiscard]] std::optional<std::uint64_t> to_bcd(std::int64_t number, std::uint16_t words);

// What a device wrote into its text registers, trimmed: up to the first NUL, without blanks and erased flash (0xFF) at
// its ends. Bytes that are no UTF-8 and control characters become U+FFFD, and the text is not clean.
// ABCD: the first character in the high byte; BADC: in the low byte. Some makers put one character a register, into
// the low byte: a text whose first register has no high byte is read in that way.
struct Text {
  std::string text;
  bool clean = true;
};
[[nodiscard]] Text text_of(ByteOrder order, std::span<const std::uint16_t> words);

// Two characters a register, padded with NUL. None: too long, not UTF-8, or with control characters.
[[nodiscard]] std::optional<std::vector<std::uint16_t>> text_words(ByteOrder order, std::string_view text,
                                                                   std::uint16_t count);

}  // namespace wayside::device
