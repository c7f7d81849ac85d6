// Rows of a CSV file as spreadsheets write it: quotes doubled inside quotes, line breaks inside quotes, CR LF or LF.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::config {

struct CsvRow {
  int line = 1;                    // of its first character
  std::vector<std::string> cells;  // without blanks at their ends
};

struct CsvText {
  std::vector<CsvRow> rows;       // without empty ones
  std::optional<int> open_quote;  // the line of a quote that is never closed
  bool cut = false;               // more than kMaxCsvRows or, in a row, kMaxCsvCells
};

inline constexpr std::size_t kMaxCsvRows = 20'000;
inline constexpr std::size_t kMaxCsvCells = 200;

[[nodiscard]] CsvText read_csv(std::string_view text, char separator);

}  // namespace wayside::config
