#include "config/import/csv_reader.hpp"

#include <algorithm>
#include <utility>

#include "config/import/names.hpp"

namespace wayside::config {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  CsvText read() {
    while (at_ < text_.size() && !out_.cut) read_character();
    if (quoted_) out_.open_quote = quote_line_;
    end_row();
    return std::move(out_);
  }

 private:
  void read_character() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    if (quoted_) {
      read_quoted(c);
    } else if (c == '"' && trimmed(cell_).empty()) {
      // Only at the beginning of a cell: 3/4" is an inch.
      cell_.clear();
      quoted_ = true;
      quote_line_ = line_;
    } else if (c == separator_) {
      end_cell();
    } else if (c == '\n') {
      end_row();
    } else {
      cell_ += c;
    }
  }

  void read_quoted(char c) {
    if (c != '"') {
      cell_ += c;
    } else if (at_ < text_.size() && text_[at_] == '"') {
      cell_ += text_[at_++];
    } else {
      quoted_ = false;
    }
  }

  void end_cell() {
    if (row_.cells.size() < kMaxCsvCells) {
      row_.cells.emplace_back(trimmed(cell_));
    } else {
      out_.cut = true;
    }
    cell_.clear();
  }

  void end_row() {
    end_cell();
    const bool empty = std::ranges::all_of(row_.cells, &std::string::empty);
    if (!empty && out_.rows.size() >= kMaxCsvRows) out_.cut = true;
    if (!empty && !out_.cut) out_.rows.push_back(std::move(row_));
    row_ = {line_, {}};
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  int line_ = 1;
  int quote_line_ = 1;
  bool quoted_ = false;
  std::string cell_;
  CsvRow row_;
  CsvText out_;
};

}  // namespace

CsvText read_csv(std::string_view text, char separator) { return CsvReader(text, separator).read(); }

}  // namespace wayside::config
