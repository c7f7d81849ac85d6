// One row of a point list -> one point. Private to config/import.
#pragma once

#include "config/import/collector.hpp"
#include "config/import/csv_addresses.hpp"
#include "config/import/csv_columns.hpp"
#include "config/import/csv_reader.hpp"

namespace wayside::config {

// A row without an address is a heading between the points: nothing.
void import_csv_row(const CsvRow& row, const CsvHeader& header, const CsvAddressing& addressing, Collector& out);

}  // namespace wayside::config
