#include "cli/catalogue.hpp"

#include <fstream>

namespace wayside::cli {
namespace {

constexpr std::uint32_t kMagic = 0x950412de;  // in the byte order of the file: ours are little-endian everywhere
constexpr std::size_t kHeader = 28;
constexpr std::size_t kEntry = 8;  // length, offset

}  // namespace

std::optional<std::uint32_t> Catalogue::word(std::size_t at) const {
  if (at > bytes_.size() || bytes_.size() - at < 4) return std::nullopt;
  std::uint32_t out = 0;
  for (std::size_t i = 4; i-- > 0;) out = out << 8U | static_cast<unsigned char>(bytes_[at + i]);
  return out;
}

std::optional<std::string_view> Catalogue::text(std::size_t table, std::size_t index) const {
  const auto length = word(table + index * kEntry);
  const auto offset = word(table + index * kEntry + 4);
  if (!length || !offset) return std::nullopt;
  const std::size_t end = std::size_t{*offset} + *length;
  if (end >= bytes_.size() || bytes_[end] != '\0') return std::nullopt;
  return std::string_view(bytes_).substr(*offset, *length);
}

std::optional<Catalogue> Catalogue::parse(std::string bytes) {
  Catalogue out(std::move(bytes));
  if (out.bytes_.size() < kHeader || out.bytes_.size() > kMostBytes || out.word(0) != kMagic) return std::nullopt;
  if (*out.word(4) >> 16U != 0) return std::nullopt;  // a major revision that is not known
  out.count_ = *out.word(8);
  out.originals_ = *out.word(12);
  out.translations_ = *out.word(16);
  if (out.count_ > out.bytes_.size() / kEntry) return std::nullopt;
  std::string_view before;
  for (std::size_t i = 0; i < out.count_; ++i) {
    const auto original = out.text(out.originals_, i);
    if (!original || !out.text(out.translations_, i) || (i > 0 && *original <= before)) return std::nullopt;
    before = *original;
  }
  return out;
}

std::optional<Catalogue> Catalogue::read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMostBytes + 1, '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && !in.eof()) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return parse(std::move(bytes));
}

const char* Catalogue::find(std::string_view message) const {
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto original = *text(originals_, middle);
    if (original == message) {
      const auto found = *text(translations_, middle);
      return found.empty() ? nullptr : found.data();
    }
    (original < message ? low : high) = original < message ? middle + 1 : middle;
  }
  return nullptr;
}

}  // namespace wayside::cli
