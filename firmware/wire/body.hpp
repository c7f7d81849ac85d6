// A chunk's body as the store keeps it: compressed and framed as field 15 of wayside.v1.Chunk (contracts: chunk); and
// opened again, by the few who may (contracts: the store). Pure; any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace wayside::wire {

enum class Codec : std::uint8_t { none = 1, zstd = 2 };  // the numbers of wayside.v1.Codec

struct ClosedBody {
  Codec codec = Codec::none;
  std::uint32_t checksum = 0;  // CRC-32C of what stands in field 15
  base::Bytes row;             // tag, length, codec(body)
};

// Of one opened body: no gateway of ours writes a larger one.
inline constexpr std::size_t kMostOpened = 256UL * 1024;

// `codec` is what is wished: a body that does not get smaller is not compressed.
[[nodiscard]] ClosedBody close_body(base::ByteView plain, Codec codec);

// The encoded wayside.v1.ChunkBody of a stored row, of any bytes. Errors: corrupt (drop_record: a frame, a checksum or
// a compressed body that does not hold, or more than `most` bytes inside); denied (skip it, it is not damaged: a codec
// that this release does not open).
[[nodiscard]] base::Result<base::Bytes> open_body(base::ByteView row, std::uint8_t codec, std::uint32_t checksum,
                                                  std::size_t most);

}  // namespace wayside::wire
