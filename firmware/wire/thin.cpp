#include "wire/thin.hpp"

#include <algorithm>
#include <utility>

#include "wire/fixed_order.hpp"
#include "wire/thin_buckets.hpp"

namespace wayside::wire {
namespace {

constexpr std::size_t kMostChunks = 256;  // looked at in one call

bool follows(const StoredBody& before, const StoredBody& chunk) {
  return chunk.epoch == before.epoch && chunk.stream == before.stream && chunk.boot == before.boot &&
         before.last + 1 == chunk.first && chunk.first <= chunk.last;
}

// How many from the front follow each other. A body that names no points fits any catalogue.
std::size_t run_of(std::span<const StoredBody> chunks) {
  base::ByteView catalogue = chunks.front().catalogue;
  std::size_t run = 1;
  for (; run < std::min(chunks.size(), kMostChunks); ++run) {
    const auto& chunk = chunks[run];
    if (!follows(chunks[run - 1], chunk)) break;
    if (catalogue.empty()) catalogue = chunk.catalogue;
    if (!chunk.catalogue.empty() && !std::ranges::equal(catalogue, chunk.catalogue)) break;
  }
  return run;
}

base::Result<v1::ChunkBody> open(const StoredBody& chunk) {
  const auto plain = open_body(chunk.row, chunk.codec, chunk.checksum, kMostOpened);
  if (!plain) return plain.error();
  v1::ChunkBody body;
  if (!body.ParseFromArray(plain->data(), static_cast<int>(plain->size()))) {
    return base::Error{base::Errc::corrupt, base::Consequence::drop_record, "not the body of a chunk"};
  }
  return body;
}

struct Attempt {
  std::size_t taken = 0;
  bool fits = false;
  SealedChunk chunk;
};

SealedChunk seal(std::span<const StoredBody> chunks, const v1::ChunkBody& body, Codec codec) {
  SealedChunk out;
  out.stream = chunks.front().stream;
  out.boot = chunks.front().boot;
  out.first_offset = chunks.front().first_offset;
  out.last_offset = chunks.front().last_offset;
  for (const auto& chunk : chunks) {
    if (out.catalogue.empty()) out.catalogue.assign(chunk.catalogue.begin(), chunk.catalogue.end());
    out.first_offset = std::min(out.first_offset, chunk.first_offset);
    out.last_offset = std::max(out.last_offset, chunk.last_offset);
  }
  out.events = static_cast<std::uint32_t>(body.events_size());
  auto closed = close_body(encode_in_fixed_order(body), codec);
  out.codec = closed.codec;
  out.checksum = closed.checksum;
  out.row = std::move(closed.row);
  return out;
}

// All of them, or those in front of one that cannot be opened.
base::Result<Attempt> attempt(std::span<const StoredBody> chunks, std::chrono::microseconds width, Codec codec) {
  ThinBuckets buckets(width);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    auto body = open(chunks[i]);
    base::Result<void> taken;
    if (body) taken = buckets.take(*body, {chunks[i].first, chunks[i].last});
    if (body && taken) continue;
    if (i == 0) return body ? taken.error() : body.error();
    // The one that breaks may be taken in half: once more without it.
    return attempt(chunks.first(i), width, codec);
  }
  const auto body = buckets.body();
  if (body.ByteSizeLong() > kMostOpened) return Attempt{chunks.size(), false, {}};
  Attempt out{chunks.size(), false, seal(chunks, body, codec)};
  out.fits = out.chunk.row.size() <= Chunker::kTelemetryBodyLimit;
  return out;
}

}  // namespace

base::Result<ThinnedChunk> thin(std::span<const StoredBody> chunks, std::chrono::microseconds width, Codec codec) {
  if (chunks.empty() || chunks.front().stream.kind != model::StreamKind::telemetry) {
    return base::invalid_argument("only telemetry is thinned");
  }
  if (width.count() < 1 || width > kThinWidths.back()) return base::invalid_argument("a span of no use");
  if (chunks.front().first < 1 || chunks.front().first > chunks.front().last) {
    return base::invalid_argument("an impossible number");
  }

  auto best = attempt(chunks.first(run_of(chunks)), width, codec);
  if (!best) return best.error();
  // Too many for one body: the most that fits, by halving.
  for (std::size_t fits = 0, too_many = best->taken; too_many - fits > 1 && (fits > 0 || !best->fits);) {
    auto next = attempt(chunks.first((fits + too_many) / 2), width, codec);
    if (!next) return next.error();
    (next->fits ? fits : too_many) = next->taken;
    if (next->fits) best = std::move(next);
  }
  if (!best->fits) {
    return base::Error{base::Errc::full, base::Consequence::skip_point, "thinned it does not fit into one body"};
  }
  const auto last = chunks[best->taken - 1].last;
  return ThinnedChunk{best->taken, chunks.front().first, last, std::move(best->chunk)};
}

base::Result<std::optional<std::chrono::microseconds>> thinned_width(const StoredBody& chunk) {
  const auto body = open(chunk);
  if (!body) return body.error();
  std::optional<std::chrono::microseconds> out;
  for (const auto& event : body->events()) {
    if (!event.has_telemetry() && !event.has_thinned()) continue;
    const std::chrono::microseconds width{event.has_thinned() ? std::max<std::int64_t>(event.thinned().width_us(), 1)
                                                              : 0};
    out = out ? std::min(*out, width) : width;
  }
  return out;
}

}  // namespace wayside::wire
