#include "store/chunk_row.hpp"

#include <algorithm>

namespace wayside::store {

ScannedChunk read_chunk(const Statement& row) {
  ScannedChunk out;
  auto& stored = out.chunk.stored;
  auto& chunk = out.chunk.chunk;
  out.released = row.integer(2) > kReleased;
  const auto stream = row.integer(2) - (out.released ? kReleased : 0);
  const bool is_stream = stream >= 1 && stream <= static_cast<std::int64_t>(model::kStreams.size());
  if (is_stream) chunk.stream = model::stream_from_number(static_cast<int>(stream));
  stored.position = static_cast<std::uint64_t>(row.integer(0));
  stored.key = {model::Epoch{static_cast<std::uint64_t>(row.integer(1))}, chunk.stream,
                static_cast<std::uint64_t>(row.integer(3)), static_cast<std::uint64_t>(row.integer(4))};
  const auto boot = row.blob(5);
  std::copy_n(boot.begin(), std::min(boot.size(), chunk.boot.size()), chunk.boot.begin());
  chunk.catalogue = row.blob(6);
  chunk.events = static_cast<std::uint32_t>(row.integer(7));
  chunk.first_offset = base::from_us(row.integer(8));
  chunk.last_offset = base::from_us(row.integer(9));
  chunk.codec = static_cast<std::uint8_t>(row.integer(10));  // its lowest byte
  chunk.checksum = static_cast<std::uint32_t>(row.integer(11));
  out.row_crc = row.integer(12);
  chunk.row = row.blob(13);
  const bool key_is_possible = is_stream && stored.key.epoch != model::Epoch{} && row.integer(3) >= 1 &&
                               row.integer(3) <= row.integer(4) && boot.size() == chunk.boot.size();
  const auto packed = row.integer(10) ^ (out.released ? kReleasedCheck : 0);
  out.key_holds = key_is_possible && (packed >> 8 == 0 || packed == codec_and_check(stored.key, chunk));
  out.whole = out.key_holds && base::crc32c(chunk.row) == static_cast<std::uint32_t>(out.row_crc);
  return out;
}

void bind_chunk(Statement& insert, const ports::StoredKey& stored, const ports::ChunkDraft& chunk, std::int64_t row_crc,
                bool released) {
  const auto& key = stored.key;
  insert.bind(1, static_cast<std::int64_t>(stored.position))
      .bind(2, static_cast<std::int64_t>(key.epoch))
      .bind(3, model::stream_number(key.stream) + (released ? kReleased : 0))
      .bind(4, static_cast<std::int64_t>(key.first))
      .bind(5, static_cast<std::int64_t>(key.last))
      .bind(6, base::ByteView(chunk.boot))
      .bind(7, base::ByteView(chunk.catalogue))
      .bind(8, std::int64_t{chunk.events})
      .bind(9, base::to_us(chunk.first_offset))
      .bind(10, base::to_us(chunk.last_offset))
      .bind(11, codec_and_check(key, chunk) ^ (released ? kReleasedCheck : 0))
      .bind(12, std::int64_t{chunk.checksum})
      .bind(13, row_crc)
      .bind(14, base::ByteView(chunk.row));
}

std::int64_t codec_and_check(const ports::ChunkKey& key, const ports::ChunkDraft& chunk) {
  base::ByteWriter all;
  all.u64(static_cast<std::uint64_t>(key.epoch));
  all.u8(static_cast<std::uint8_t>(model::stream_number(key.stream)));
  all.u64(key.first);
  all.u64(key.last);
  all.text(base::as_text(chunk.boot));
  all.text(base::as_text(chunk.catalogue));
  all.u32(chunk.events);
  all.i64(base::to_us(chunk.first_offset));
  all.i64(base::to_us(chunk.last_offset));
  all.u32(chunk.checksum);
  return std::int64_t{chunk.codec} | std::int64_t{base::crc32c(all.take())} << 8;
}

model::Loss loss_of(const ports::StoredChunk& chunk, model::LossCause cause) {
  const auto& key = chunk.stored.key;
  model::Loss out;
  out.cause = cause;
  out.epoch = key.epoch;
  out.stream = key.stream;
  out.first = key.first;
  out.last = key.last;
  out.count = key.last - key.first + 1;
  out.first_boot = out.last_boot = chunk.chunk.boot;
  out.first_offset = chunk.chunk.first_offset;
  out.last_offset = chunk.chunk.last_offset;
  return out;
}

}  // namespace wayside::store
