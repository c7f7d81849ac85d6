#include "config/import/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/import/collector.hpp"
#include "config/import/csv_row.hpp"
#include "config/import/names.hpp"

namespace wayside::config {
namespace {

constexpr std::array kSeparators{',', ';', '\t', '|'};

struct Sheet {
  CsvText text;
  CsvHeader header;
};

// With the separator by which most headings are known.
std::optional<Sheet> find_sheet(std::string_view text) {
  std::optional<Sheet> best;
  for (const char separator : kSeparators) {
    auto rows = read_csv(text, separator);
    const auto header = find_header(rows);
    if (header && (!best || header->columns.size() > best->header.columns.size()))
      best = Sheet{std::move(rows), *header};
  }
  return best;
}

void tell_columns(const Sheet& sheet, Collector& out) {
  const auto& head = sheet.text.rows[sheet.header.row];
  std::vector<std::string> ignored;
  for (std::size_t c = 0; c < head.cells.size(); ++c) {
    const bool used = std::ranges::any_of(sheet.header.columns, [c](const auto& entry) { return entry.second == c; });
    if (!used && !head.cells[c].empty() && ignored.size() < 20) ignored.push_back(one_line(head.cells[c], 40));
  }
  if (!ignored.empty())
    out.not_kept(head.line, "columns", fmt::format("not known, or there twice: {}", fmt::join(ignored, ", ")));
  if (!sheet.header.columns.contains(Column::order) && !out.options().order) {
    out.note(
        head.line, "word order",
        "no column says it: ABCD, the high word first; if values of two registers come out wrong, give --order CDAB");
  }
}

}  // namespace

Imported import_csv(std::string_view text, const ImportOptions& options) {
  constexpr std::string_view kKind = "point list";
  Collector out(options);
  auto sheet = find_sheet(text);
  if (!sheet) {
    out.refused(1, "the file",
                "no header row in the first thirty: it needs the headings 'address' and 'name' or 'type'");
    return std::move(out).finish("", kKind);
  }
  if (sheet->text.open_quote) {
    out.refused(*sheet->text.open_quote, "the file", "a quote that is opened here is never closed");
    return std::move(out).finish("", kKind);
  }
  if (sheet->text.cut) {
    out.refused(1, "the file",
                fmt::format("more than {} rows, or more than {} columns in one", kMaxCsvRows, kMaxCsvCells));
    return std::move(out).finish("", kKind);
  }
  tell_columns(*sheet, out);
  if (const auto addressing = addressing_of(sheet->text, sheet->header, out)) {
    for (std::size_t i = sheet->header.row + 1; i < sheet->text.rows.size() && !out.full(); ++i) {
      import_csv_row(sheet->text.rows[i], sheet->header, *addressing, out);
    }
  }
  return std::move(out).finish("", kKind);
}

}  // namespace wayside::config
