#include "wire/chunker.hpp"

#include "wire/encode.hpp"

namespace wayside::wire {
namespace {

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

  auto body = close_body(source.body, codec_);
  chunk.codec = body.codec;
  chunk.checksum = body.checksum;
  chunk.row = std::move(body.row);

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
