#include "wire/body.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <zstd.h>

#include <algorithm>
#include <optional>

namespace wayside::wire {
namespace {

constexpr std::uint8_t kBodyTag = (15U << 3U) | 2U;  // Chunk.body, length-delimited
constexpr int kLevel = 3;

base::Error corrupt(std::string what) { return {base::Errc::corrupt, base::Consequence::drop_record, std::move(what)}; }

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

// None: anything but one field 15 that fills the row.
std::optional<base::ByteView> unframe(base::ByteView row) {
  if (row.empty() || row[0] != kBodyTag) return std::nullopt;
  google::protobuf::io::CodedInputStream in(row.data(), static_cast<int>(row.size()));
  std::uint64_t length = 0;
  if (!in.Skip(1) || !in.ReadVarint64(&length)) return std::nullopt;
  const auto start = static_cast<std::size_t>(in.CurrentPosition());
  if (length != row.size() - start) return std::nullopt;
  return row.subspan(start);
}

base::Result<base::Bytes> decompress(base::ByteView body, std::size_t most) {
  const auto size = ZSTD_getFrameContentSize(body.data(), body.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return corrupt("not a zstd frame of known size");
  if (size > most) return corrupt(fmt::format("a body of {} bytes; at most {} are opened", size, most));
  base::Bytes plain(static_cast<std::size_t>(size));
  const std::size_t got = ZSTD_decompress(plain.data(), plain.size(), body.data(), body.size());
  if (ZSTD_isError(got) != 0) return corrupt(fmt::format("zstd: {}", ZSTD_getErrorName(got)));
  if (got != plain.size()) return corrupt("a zstd frame that is shorter than it says");
  return plain;
}

}  // namespace

ClosedBody close_body(base::ByteView plain, Codec codec) {
  const base::Bytes compressed = codec == Codec::zstd ? compress(plain) : base::Bytes{};
  const base::ByteView body = compressed.empty() ? plain : base::ByteView(compressed);
  return {compressed.empty() ? Codec::none : Codec::zstd, base::crc32c(body), frame(body)};
}

base::Result<base::Bytes> open_body(base::ByteView row, std::uint8_t codec, std::uint32_t checksum, std::size_t most) {
  if (codec != static_cast<std::uint8_t>(Codec::none) && codec != static_cast<std::uint8_t>(Codec::zstd)) {
    return base::Error{base::Errc::denied, base::Consequence::skip_point,
                       fmt::format("codec {}: sealed, or of a newer release", codec)};
  }
  if (row.size() > most + 16) return corrupt(fmt::format("a row of {} bytes; at most {} are opened", row.size(), most));
  const auto body = unframe(row);
  if (!body) return corrupt("not one field 15 of a chunk");
  if (base::crc32c(*body) != checksum) return corrupt("the checksum of the body does not hold");
  if (codec == static_cast<std::uint8_t>(Codec::zstd)) return decompress(*body, most);
  return base::Bytes{body->begin(), body->end()};
}

}  // namespace wayside::wire
