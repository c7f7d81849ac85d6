#include "cli/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace wayside::cli {
namespace {

// U+2800 with the dots that its low byte names, in UTF-8.
std::string braille(unsigned dots) {
  const unsigned code = 0x2800U + dots;
  return {static_cast<char>(0xE0U | (code >> 12U)), static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

// The bit of a dot: ISO 11548-1 numbers them 1 2 3 7 down the left, 4 5 6 8 down the right.
constexpr std::array<std::array<unsigned, 4>, 2> kDots{{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}};

struct Range {
  double least = 0;
  double greatest = 0;
};

std::optional<Range> range_of(const std::vector<std::optional<double>>& values) {
  std::optional<Range> out;
  for (const auto& value : values) {
    if (!value || !std::isfinite(*value)) continue;
    if (!out) out = Range{*value, *value};
    out->least = std::min(out->least, *value);
    out->greatest = std::max(out->greatest, *value);
  }
  return out;
}

// Of `steps` rows, 0 at the bottom.
std::size_t row_of(double value, const Range& range, std::size_t steps) {
  if (range.greatest <= range.least) return steps / 2;
  const auto share = (value - range.least) / (range.greatest - range.least);
  return std::min(steps - 1, static_cast<std::size_t>(share * static_cast<double>(steps - 1) + 0.5));
}

// The newest that fit.
std::vector<std::optional<double>> newest(const std::vector<std::optional<double>>& values, std::size_t most) {
  const auto skip = values.size() > most ? values.size() - most : 0;
  return {values.begin() + static_cast<std::ptrdiff_t>(skip), values.end()};
}

}  // namespace

Ink ink_of_locale() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string text(value);
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool utf8 = text.find("utf-8") != std::string::npos || text.find("utf8") != std::string::npos;
    return utf8 ? Ink::braille : Ink::ascii;
  }
  return Ink::ascii;
}

Chart chart(const std::vector<std::optional<double>>& values, std::size_t width, std::size_t height, Ink ink) {
  const std::size_t across = ink == Ink::braille ? 2 : 1;
  const std::size_t down = ink == Ink::braille ? 4 : 1;
  const auto shown = newest(values, width * across);
  const auto range = range_of(shown);
  Chart out;
  std::vector<std::vector<unsigned>> cells(height, std::vector<unsigned>(width, 0));
  if (range) {
    out.least = range->least;
    out.greatest = range->greatest;
    // The newest stands at the right edge.
    const auto first = width * across - shown.size();
    std::optional<std::size_t> before;  // the row of the value before it: what lies between is filled
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (!shown[i] || !std::isfinite(*shown[i])) {
        before.reset();
        continue;
      }
      const auto row = row_of(*shown[i], *range, height * down);
      const auto column = first + i;
      const auto dot = [&](std::size_t at) {
        const auto from_top = height * down - 1 - at;
        cells[from_top / down][column / across] |= ink == Ink::braille ? kDots[column % 2][from_top % 4] : 1U;
      };
      dot(row);
      if (before) {
        for (auto at = std::min(row, *before) + 1; at < std::max(row, *before); ++at) dot(at);
      }
      before = row;
    }
  }
  for (const auto& row : cells) {
    std::string line;
    for (const auto cell : row) {
      if (ink == Ink::ascii) {
        line += cell == 0 ? ' ' : '*';
      } else {
        line += cell == 0 ? std::string(" ") : braille(cell);
      }
    }
    out.lines.push_back(std::move(line));
  }
  return out;
}

std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width, Ink ink) {
  static constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto shown = newest(values, width);
  const auto range = range_of(shown);
  std::string out(width - shown.size(), ' ');
  for (const auto& value : shown) {
    if (!value || !std::isfinite(*value) || !range) {
      out += ' ';
    } else if (ink == Ink::ascii) {
      out += static_cast<char>('0' + row_of(*value, *range, 10));
    } else {
      out += kBlocks[row_of(*value, *range, kBlocks.size())];
    }
  }
  return out;
}

}  // namespace wayside::cli
