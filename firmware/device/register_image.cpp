#include "device/register_image.hpp"

#include "base/assert.hpp"

namespace wayside::device {

std::string_view to_string(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::coil: return "coil";
    case RegisterKind::discrete: return "discrete";
    case RegisterKind::holding: return "holding";
    case RegisterKind::input: return "input";
  }
  return "?";
}

void RegisterImage::add(const RegisterBlock& block, std::vector<std::uint16_t> words) {
  WAYSIDE_ASSERT(words.size() == block.count);
  parts_.push_back({block, std::move(words)});
}

std::optional<std::span<const std::uint16_t>> RegisterImage::words(RegisterKind kind, std::uint16_t first,
                                                                   std::uint16_t count) const {
  for (const auto& part : parts_) {
    const int offset = first - part.block.first;
    if (part.block.kind == kind && offset >= 0 && offset + count <= part.block.count) {
      return std::span(part.words).subspan(static_cast<std::size_t>(offset), count);
    }
  }
  return std::nullopt;
}

}  // namespace wayside::device
