// What the columns of a point list are: by their headings, forgivingly (docs/profiles-import.md has the list).
// Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/import/csv_reader.hpp"

namespace wayside::config {

enum class Column : std::uint8_t {
  name,
  address,
  hex_address,
  number,
  kind,
  type,
  length,
  bit,
  order,
  scale,
  divisor,
  offset,
  unit,
  access,
  meaning,
  least,
  most,
  range,
  values,
  error,
};

// The column that a heading stands for, whatever its case, blanks and signs: "Reg. Address (dec)" is `address`.
[[nodiscard]] std::optional<Column> column_of(std::string_view heading);

struct CsvHeader {
  std::size_t row = 0;  // of the rows
  std::map<Column, std::size_t> columns;
};

// The first row, of the first thirty, that names an address and at least one other column. None: there is none.
[[nodiscard]] std::optional<CsvHeader> find_header(const CsvText& text);

}  // namespace wayside::config
