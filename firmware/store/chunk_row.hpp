// One row of the table `chunk`: read in one place, written in one place, checked in one place.
//
// A released chunk of telemetry stays where it is, as history: only its stream's number and its check change. No reader
// of any release, who asks for the numbers 1 to 6, finds it again; and the change writes one page, not the body once
// more (docs/decisions/0014).
#pragma once

#include <string_view>

#include "model/loss.hpp"
#include "store/chunk_scan.hpp"

namespace wayside::store {

inline constexpr std::string_view kSelectChunk =
    "SELECT position, epoch, stream, first, last, boot, catalogue, events, first_offset, last_offset, codec, checksum,"
    " row_crc, row FROM chunk";

// Requires: the statement stands on a row of kSelectChunk.
[[nodiscard]] ScannedChunk read_chunk(const Statement& row);

// Added to the stream's number of a row that is history.
inline constexpr std::int64_t kReleased = 16;
// The check of such a row differs by these bits, so that a flipped bit in the stream's number cannot release a chunk.
inline constexpr std::int64_t kReleasedCheck = std::int64_t{0x5A5A5A5A} << 8U;

// To an INSERT of all columns of the table.
void bind_chunk(Statement& insert, const ports::StoredKey& stored, const ports::ChunkDraft& chunk, std::int64_t row_crc,
                bool released = false);

// The value of the column `codec`: in its lowest byte the codec, above it a CRC-32C of all that names and describes the
// body. Rows of schema 1 have none (0), and that release reads the byte only.
[[nodiscard]] std::int64_t codec_and_check(const ports::ChunkKey& key, const ports::ChunkDraft& chunk);

// The row as an entry of the ledger.
[[nodiscard]] model::Loss loss_of(const ports::StoredChunk& chunk, model::LossCause cause);

}  // namespace wayside::store
