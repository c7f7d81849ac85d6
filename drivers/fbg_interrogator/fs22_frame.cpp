#include "fbg_interrogator/fs22_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace wayside::drivers::fs22 {

namespace {

constexpr std::string_view kAck = ":ACK";
constexpr std::string_view kNack = ":NACK";
constexpr std::string_view kEnd = "\r\n";
// What no grating of this band reflects is a damaged answer (FS22: 1500 to 1600 nm).
constexpr double kLeast = 1400;
constexpr double kMost = 1700;

bool is_printable(std::uint8_t c) { return c >= 0x20 && c < 0x7F; }

// The line without its end; none: it does not end as a line should, or has something in it that is no text.
std::optional<std::string_view> line_of(base::ByteView frame) {
  auto text = base::as_text(frame);
  if (!text.ends_with(kEnd)) return std::nullopt;
  text.remove_suffix(kEnd.size());
  if (!std::all_of(frame.begin(), frame.end() - 2, is_printable)) return std::nullopt;
  return text;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<double> wavelength(std::string_view word) {
  double nm = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), nm, std::chars_format::fixed);
  if (problem != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  // Written so that a NaN is refused too.
  return nm >= kLeast && nm <= kMost ? std::optional(nm) : std::nullopt;
}

std::optional<std::vector<double>> wavelengths(std::string_view list) {
  std::vector<double> all;
  if (trimmed(list).empty()) return all;  // no peak at all
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    const auto nm = wavelength(trimmed(list.substr(at, end - at)));
    if (!nm || all.size() == kMostPeaks) return std::nullopt;
    all.push_back(*nm);
    at = end + 1;
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

const device::FrameProtocol kProtocol{"fs22", &cut, &answers};

device::Cut cut(std::span<const std::uint8_t> bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes[at] != ':') {
      ++at;
      continue;
    }
    auto end = at;
    while (end < bytes.size() && is_printable(bytes[end])) ++end;
    const std::size_t size = end - at + kEnd.size();
    if (size > device::kMostFrameBytes) {
      at = end;
      continue;
    }
    const bool begun = end == bytes.size() || (end + 1 == bytes.size() && bytes[end] == '\r');
    if (begun && end - at + kEnd.size() < device::kMostFrameBytes) return {at, 0};
    if (end + 1 < bytes.size() && bytes[end] == '\r' && bytes[end + 1] == '\n') return {at, size};
    at = end;  // the line was torn: what follows is looked at anew
  }
  return {at, 0};
}

bool answers(std::span<const std::uint8_t> /*request*/, std::span<const std::uint8_t> frame) {
  const auto text = base::as_text(frame);
  return text.starts_with(kAck) || text.starts_with(kNack);
}

base::Bytes ask_wavelengths(int channel) {
  const auto text = fmt::format(":ACQU:WAVE:CHAN:{}?\r\n", channel);
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

Wavelengths parse(base::ByteView frame) {
  Wavelengths result;
  const auto line = line_of(frame);
  if (!line) return result;
  if (line->starts_with(kNack)) {
    result.answer = Answer::refused;
    result.refusal = trimmed(line->substr(std::min(kNack.size() + 1, line->size())));
    return result;
  }
  if (!line->starts_with(kAck)) return result;
  const auto rest = line->substr(kAck.size());
  if (!rest.empty() && rest[0] != ':') return result;
  auto nm = wavelengths(rest.empty() ? rest : rest.substr(1));
  if (!nm) return result;
  result.answer = Answer::wavelengths;
  result.nm = std::move(*nm);
  return result;
}

}  // namespace wayside::drivers::fs22
