// How a point list counts its registers: decided once for the whole file. Private to config/import.
#pragma once

#include <optional>
#include <vector>

#include "config/import/collector.hpp"
#include "config/import/csv_columns.hpp"
#include "config/import/csv_words.hpp"

namespace wayside::config {

struct CsvAddressing {
  Column column = Column::address;
  bool numbers = false;  // 40001 style: the kind is in the number
  int base = 0;          // what the first register is called
};

// None: the file does not say it, or says it two ways; a finding tells what to give.
[[nodiscard]] std::optional<CsvAddressing> addressing_of(const CsvText& text, CsvHeader& header, Collector& out);

}  // namespace wayside::config
