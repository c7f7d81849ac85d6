// One row of the table `chunk`: read in one place, checked in one place.
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

// The value of the column `codec`: in its lowest byte the codec, above it a CRC-32C of all that names and describes the
// body. Rows of schema 1 have none (0), and that release reads the byte only.
[[nodiscard]] std::int64_t codec_and_check(const ports::ChunkKey& key, const ports::ChunkDraft& chunk);

// The row as an entry of the ledger.
[[nodiscard]] model::Loss loss_of(const ports::StoredChunk& chunk, model::LossCause cause);

}  // namespace wayside::store
