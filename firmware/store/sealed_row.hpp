// A chunk whose row is sealed (docs/decisions/0016): the highest bit of its codec is set, its checksum, which would
// tell something of the body, is 0, and its row holds the sealed checksum and row. Everything else is as it was. Any
// thread.
#pragma once

#include <string>

#include "ports/row_sealer.hpp"

namespace wayside::store {

inline constexpr std::uint8_t kSealedBit = 0x80;

[[nodiscard]] inline bool is_sealed(const ports::ChunkDraft& chunk) { return (chunk.codec & kSealedBit) != 0; }

// The statement that goes with the first one: a release without sealing must not open the database any more, for it
// would publish the row as it stands.
[[nodiscard]] std::string raise_reader_sql();

// Errors: those of the sealer.
[[nodiscard]] base::Result<ports::ChunkDraft> seal_row(ports::RowSealer& sealer, const ports::ChunkKey& key,
                                                       const ports::ChunkDraft& chunk);
// Leaves a chunk that is not sealed as it is. Null: there is no key. Errors: those of the sealer.
[[nodiscard]] base::Result<void> open_row(const ports::RowSealer* sealer, ports::StoredChunk& stored);

}  // namespace wayside::store
