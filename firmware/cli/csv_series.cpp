#include "cli/csv_series.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/stamp.hpp"

namespace wayside::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\"");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

// Splits in place; a comma inside quotes does not occur in series of numbers.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto comma = line.find(',');
    out.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

bool CsvSeries::open(const std::string& path) {
  file_.open(path);
  if (!file_) {
    error_ = fmt::format("{}: cannot be read", path);
    return false;
  }
  if (!std::getline(file_, line_)) {
    error_ = fmt::format("{}:1: empty, expected a header: timestamp,value[,value2...]", path);
    return false;
  }
  const auto heads = cells_of(line_);
  if (heads.size() < 2 || heads.front() != "timestamp") {
    error_ = fmt::format("{}:1: expected a header timestamp,value[,value2...], found '{}'", path, line_);
    return false;
  }
  for (std::size_t i = 1; i < heads.size(); ++i) columns_.emplace_back(heads[i]);
  return true;
}

bool CsvSeries::next(Row& row) {
  do {
    if (!std::getline(file_, line_)) return false;
  } while (trimmed(line_).empty());
  const auto cells = cells_of(line_);
  row.timestamp = cells.front();
  row.local_s = base::parse_stamp(cells.front());
  row.values.assign(columns_.size(), std::nullopt);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    double value = 0;
    const auto cell = i + 1 < cells.size() ? cells[i + 1] : std::string_view();
    const auto [end, ec] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    const bool fine = ec == std::errc{} && end == cell.data() + cell.size() && !cell.empty() && std::isfinite(value);
    if (fine) {
      row.values[i] = value;
    } else {
      ++unread_;
    }
  }
  return true;
}

}  // namespace wayside::cli
