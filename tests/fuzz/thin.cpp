// Stored bodies of any content, thinned: refused with a reason, or a chunk that stands for what it took, can be opened,
// holds as many events as it says, and thinned again as wide stays as it is.
#include "wire/thin.hpp"

#include "fuzz/input.hpp"
#include "wayside/v1/chunk.pb.h"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kMostChunks = 8;
constexpr std::size_t kMostPlain = 256UL * 1024;

wire::StoredBody stored(const wire::ClosedBody& body, model::ChunkNumber first, model::ChunkNumber last) {
  wire::StoredBody out;
  out.stream = {model::StreamKind::telemetry, model::DataClass::internal};
  out.first = first;
  out.last = last;
  out.codec = static_cast<std::uint8_t>(body.codec);
  out.checksum = body.checksum;
  out.row = body.row;
  return out;
}

void check(const wire::ThinnedChunk& thinned, std::size_t given, std::chrono::microseconds width) {
  const auto& chunk = thinned.chunk;
  fuzz::require(thinned.taken >= 1 && thinned.taken <= given, "it took some of what there was");
  fuzz::require(thinned.first == 1 && thinned.last == thinned.taken, "its range is what it took");
  fuzz::require(chunk.row.size() <= wire::Chunker::kTelemetryBodyLimit, "it fits into one body");
  const auto codec = static_cast<std::uint8_t>(chunk.codec);
  const auto plain = wire::open_body(chunk.row, codec, chunk.checksum, kMostPlain);
  fuzz::require(plain.has_value(), "it can be opened");
  v1::ChunkBody body;
  fuzz::require(body.ParseFromArray(plain->data(), static_cast<int>(plain->size())), "it is a body");
  fuzz::require(body.events_size() == static_cast<int>(chunk.events), "it holds as many events as it says");
  const wire::ClosedBody closed{chunk.codec, chunk.checksum, chunk.row};
  const auto row = stored(closed, thinned.first, thinned.last);
  const auto again = wire::thin({&row, 1}, width, wire::Codec::none);
  fuzz::require(again && again->chunk.events <= chunk.events, "what was thinned can be thinned");
}

}  // namespace

// First byte: the width, and whether the first body is taken as a row as it stands. Then bodies, each after its length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in({data, size});
  const auto choice = in.u8();
  const auto width = wire::kThinWidths[choice % wire::kThinWidths.size()];
  if (choice >= 0xF0) {
    const base::Bytes row(in.rest().begin(), in.rest().end());
    (void)wire::open_body(row, choice % 4, base::crc32c(in.rest().subspan(std::min<std::size_t>(2, size - 1))), 4096);
    return 0;
  }
  std::vector<wire::ClosedBody> bodies;
  while (!in.empty() && bodies.size() < kMostChunks) {
    const auto length = in.u16();
    bodies.push_back(wire::close_body(in.take(length), length % 2 == 0 ? wire::Codec::none : wire::Codec::zstd));
  }
  std::vector<wire::StoredBody> chunks;
  for (const auto& body : bodies) chunks.push_back(stored(body, chunks.size() + 1, chunks.size() + 1));
  for (const auto& chunk : chunks) (void)wire::thinned_width(chunk);
  const auto thinned = wire::thin(chunks, width, wire::Codec::none);
  if (!thinned) {
    fuzz::require(!thinned.error().what.empty(), "nothing is refused without a word");
    return 0;
  }
  check(*thinned, chunks.size(), width);
  return 0;
}
