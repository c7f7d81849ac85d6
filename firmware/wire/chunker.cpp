#include "wire/chunker.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <zstd.h>

#include <algorithm>

#include "wire/encode.hpp"

namespace wayside::wire {
namespace {

constexpr std::uint8_t kBodyTag = (15U << 3U) | 2U;  // Chunk.body, length-delimited
constexpr int kLevel = 3;

// Smaller than the input, or empty.
base::Bytes compress(base::ByteView body) {
  base::Bytes out(ZSTD_compressBound(body.size()));
  const std::size_t size = ZSTD_compress(out.data(), out.size(), body.data(), body.size(), kLevel);
  if (ZSTD_isError(size) != 0 || size >= body.size()) return {};
  out.resize(size);
  return out;
}

// Field 15 with tag and length: what header bytes are put in front of.
base::Bytes frame(base::ByteView body) {
  using google::protobuf::io::CodedOutputStream;
  base::Bytes row(1 + CodedOutputStream::VarintSize64(body.size()) + body.size());
  row[0] = kBodyTag;
  std::uint8_t* at = CodedOutputStream::WriteVarint64ToArray(body.size(), row.data() + 1);
  std::copy(body.begin(), body.end(), at);
  return row;
}

std::size_t limit_of(model::Stream stream) {
  return stream.kind == model::StreamKind::alarm ? Chunker::kAlarmBodyLimit : Chunker::kTelemetryBodyLimit;
}

}  // namespace

Chunker::Chunker(const base::BootId& boot, Codec codec, const Catalogues& catalogues)
    : boot_(boot), codec_(codec), catalogues_(catalogues) {}

std::optional<SealedChunk> Chunker::add(const model::Event& event) {
  const auto stream = model::stream_of(event);
  scratch_.clear();
  encode(event, catalogues_, scratch_);
  std::optional<SealedChunk> full;
  auto& target = open(stream);
  if (target.events > 0 && target.body.size() + scratch_.size() > limit_of(stream)) full = seal(stream);
  if (target.events == 0) target.first = event.at;
  target.body.insert(target.body.end(), scratch_.begin(), scratch_.end());
  target.last = event.at;
  target.names_points = target.names_points || std::holds_alternative<model::Telemetry>(event.body);
  ++target.events;
  return full;
}

std::optional<SealedChunk> Chunker::seal(model::Stream stream) {
  auto& source = open(stream);
  if (source.events == 0) return std::nullopt;
  SealedChunk chunk;
  chunk.stream = stream;
  chunk.boot = boot_;
  if (source.names_points) {
    if (const auto& catalogue = catalogues_.of(stream.data_class)) chunk.catalogue = catalogue->hash;
  }
  chunk.events = source.events;
  chunk.first_offset = source.first;
  chunk.last_offset = source.last;

  const base::Bytes compressed = codec_ == Codec::zstd ? compress(source.body) : base::Bytes{};
  const base::ByteView body = compressed.empty() ? base::ByteView(source.body) : base::ByteView(compressed);
  chunk.codec = compressed.empty() ? Codec::none : Codec::zstd;
  chunk.checksum = base::crc32c(body);
  chunk.row = frame(body);

  source.body.clear();
  source.events = 0;
  source.names_points = false;
  return chunk;
}

std::optional<base::BootTime> Chunker::open_since(model::Stream stream) const {
  const auto& chunk = open_[static_cast<std::size_t>(stream_number(stream) - 1)];
  if (chunk.events == 0) return std::nullopt;
  return chunk.first;
}

}  // namespace wayside::wire
