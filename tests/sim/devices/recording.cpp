#include "sim/devices/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/assert.hpp"
#include "sim/local_time.hpp"

namespace wayside::sim {
namespace {

base::Error bad_row(std::size_t line, std::string_view text) {
  return {base::Errc::config, base::Consequence::fatal,
          fmt::format("line {}: not `timestamp,value`: '{}'", line, text)};
}

std::optional<RecordedRow> parse_row(std::string_view line) {
  const auto comma = line.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto when = parse_local_time(line.substr(0, comma));
  const auto text = line.substr(comma + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Further columns are allowed and not used.
  const bool is_whole = error == std::errc{} && (end == text.data() + text.size() || *end == ',');
  if (!when || !is_whole) return std::nullopt;
  return RecordedRow{*when, value};
}

}  // namespace

base::Result<Recording> Recording::parse(std::string_view csv) {
  Recording out;
  std::size_t number = 0;
  while (!csv.empty()) {
    const auto end = std::min(csv.find('\n'), csv.size());
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(std::min(end + 1, csv.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number == 1 || line.empty()) continue;
    const auto row = parse_row(line);
    if (!row) return bad_row(number, line);
    // The second 02:xx of an autumn night stands in some files: keep the first.
    if (!out.rows_.empty() && row->when <= out.rows_.back().when) continue;
    out.rows_.push_back(*row);
  }
  if (out.rows_.empty()) return base::Error{base::Errc::config, base::Consequence::fatal, "no rows"};
  return out;
}

base::Result<Recording> Recording::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::Error{base::Errc::not_found, base::Consequence::fatal, fmt::format("cannot read '{}'", path)};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto parsed = parse(text);
  if (!parsed) return parsed.error().in(path);
  return parsed;
}

double Recording::at(std::chrono::local_seconds when) const {
  const auto after =
      std::upper_bound(rows_.begin(), rows_.end(), when,
                       [](std::chrono::local_seconds t, const RecordedRow& row) { return t < row.when; });
  return after == rows_.begin() ? rows_.front().value : std::prev(after)->value;
}

Tape::Tape(std::vector<Recording> tracks, std::chrono::duration<double> every)
    : tracks_(std::move(tracks)), every_(every) {
  WAYSIDE_ASSERT(!tracks_.empty());
  start_ = tracks_[0].rows().front().when;
  end_ = tracks_[0].rows().back().when;
  for (const auto& track : tracks_) {
    start_ = std::max(start_, track.rows().front().when);
    end_ = std::min(end_, track.rows().back().when);
  }
  rewind();
}

void Tape::rewind() {
  elapsed_ = 0;
  now_ = start_;
  const auto& rows = tracks_[0].rows();
  const auto first =
      std::find_if(rows.begin(), rows.end(), [this](const RecordedRow& row) { return row.when >= start_; });
  row_ = static_cast<std::size_t>(first - rows.begin());
}

void Tape::advance(double real_seconds, double simulated_seconds) {
  const auto& rows = tracks_[0].rows();
  if (every_.count() > 0) {
    elapsed_ += real_seconds;
    for (; elapsed_ >= every_.count() - 1e-9; elapsed_ -= every_.count()) {
      if (++row_ >= rows.size()) return rewind();
      now_ = rows[row_].when;
    }
    return;
  }
  elapsed_ += simulated_seconds;
  now_ = start_ + std::chrono::seconds{static_cast<std::int64_t>(elapsed_)};
  if (now_ > end_) rewind();
}

}  // namespace wayside::sim
