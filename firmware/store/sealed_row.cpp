#include "store/sealed_row.hpp"

#include <fmt/format.h>

#include <utility>

namespace wayside::store {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr int kReader = 3;  // the first schema whose release knows of sealing

}  // namespace

std::string raise_reader_sql() {
  return fmt::format("UPDATE meta SET value={} WHERE key='min_reader' AND value<{}", kReader, kReader);
}

base::Result<ports::ChunkDraft> seal_row(ports::RowSealer& sealer, const ports::ChunkKey& key,
                                         const ports::ChunkDraft& chunk) {
  base::ByteWriter checksum;
  checksum.u32(chunk.checksum);
  base::Bytes plain = checksum.take();
  plain.insert(plain.end(), chunk.row.begin(), chunk.row.end());
  auto sealed = sealer.seal(key, chunk.boot, plain);
  if (!sealed) return sealed.error();
  return ports::ChunkDraft{chunk.stream,
                           chunk.boot,
                           chunk.catalogue,
                           chunk.events,
                           chunk.first_offset,
                           chunk.last_offset,
                           static_cast<std::uint8_t>(chunk.codec | kSealedBit),
                           0,
                           std::move(*sealed)};
}

base::Result<void> open_row(const ports::RowSealer* sealer, ports::StoredChunk& stored) {
  auto& chunk = stored.chunk;
  if (!is_sealed(chunk)) return {};
  if (sealer == nullptr) {
    return base::Error{base::Errc::denied, base::Consequence::drop_record, "a sealed row, and no key is configured"};
  }
  auto plain = sealer->open(stored.stored.key, chunk.boot, chunk.row);
  if (!plain) return plain.error();
  if (plain->size() < kChecksumBytes) {
    return base::Error{base::Errc::corrupt, base::Consequence::drop_record, "a sealed row without its checksum"};
  }
  chunk.checksum = base::ByteReader(*plain).u32();
  chunk.row.assign(plain->begin() + kChecksumBytes, plain->end());
  chunk.codec = static_cast<std::uint8_t>(chunk.codec & ~kSealedBit);
  return {};
}

}  // namespace wayside::store
