#include "config/import/csv_addresses.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wayside::config {
namespace {

const std::string& cell(const CsvRow& row, const CsvHeader& header, Column column) {
  static const std::string kNone;
  const auto at = header.columns.find(column);
  return at != header.columns.end() && at->second < row.cells.size() ? row.cells[at->second] : kNone;
}

// "Register" may head the kind ("holding"), another numbering of the address, or the address itself.
void settle_register_column(const CsvText& text, CsvHeader& header) {
  const auto number = header.columns.find(Column::number);
  if (number == header.columns.end()) return;
  const auto column = number->second;
  header.columns.erase(number);
  const bool has_address = header.columns.contains(Column::address) || header.columns.contains(Column::hex_address);
  if (!has_address) {
    header.columns[Column::address] = column;
    return;
  }
  for (std::size_t i = header.row + 1; i < text.rows.size(); ++i) {
    const auto& cells = text.rows[i].cells;
    if (column >= cells.size() || cells[column].empty()) continue;
    const bool kind = csv_kind(cells[column]) && !csv_address(cells[column], false);
    if (kind) header.columns.try_emplace(Column::kind, column);
    return;
  }
}

struct Survey {
  bool hex = false;
  bool zero = false;  // an address 0
  bool all_numbered = true;
  bool number_zero = false;  // 40000
  bool any = false;
};

Survey survey(const CsvText& text, const CsvHeader& header, Column column) {
  Survey out;
  for (std::size_t i = header.row + 1; i < text.rows.size(); ++i) {
    const auto address = csv_address(cell(text.rows[i], header, column), column == Column::hex_address);
    if (!address) continue;
    out.any = true;
    out.hex = out.hex || address->hex;
    out.zero = out.zero || address->value == 0;
    const auto number = numbered(*address);
    const auto kind = csv_kind(cell(text.rows[i], header, Column::kind));
    out.all_numbered = out.all_numbered && number && (!kind || *kind == number->kind);
    out.number_zero = out.number_zero || (number && number->number == 0);
  }
  return out;
}

}  // namespace

std::optional<CsvAddressing> addressing_of(const CsvText& text, CsvHeader& header, Collector& out) {
  constexpr auto kWhat = "addresses";
  settle_register_column(text, header);
  CsvAddressing result;
  result.column = header.columns.contains(Column::address) ? Column::address : Column::hex_address;
  const auto found = survey(text, header, result.column);
  const int line = text.rows[header.row].line;
  const auto& given = out.options().address_base;
  if (!found.any) {
    out.refused(line, kWhat, "no row has an address that can be read");
    return std::nullopt;
  }
  if (found.all_numbered && !out.options().plain_addresses) {
    if (found.number_zero && !given) {
      out.refused(line, kWhat,
                  "they look like 40001 for the first holding register, but one is the zeroth (40000): give "
                  "--address-base 0 if 40000 is the first one, --plain-addresses if they are addresses themselves");
      return std::nullopt;
    }
    result.numbers = true;
    result.base = given.value_or(1);
    out.note(line, kWhat,
             fmt::format("numbers of registers, 0xxxx coil, 1xxxx discrete, 3xxxx input, 4xxxx holding: 4000{} is "
                         "holding address 0 (--plain-addresses if they are addresses themselves)",
                         result.base));
    return result;
  }
  if (given == 1 && (found.zero || found.hex))
    out.note(line, kWhat, "counted from 1 by --address-base, though there are zeros or hexadecimal ones");
  if (given || found.zero || found.hex || out.options().plain_addresses) {
    result.base = given.value_or(0);
    out.note(line, kWhat,
             fmt::format("counted from {}{}", result.base,
                         given        ? ", by --address-base"
                         : found.zero ? ": there is an address 0"
                         : found.hex  ? ": they are hexadecimal, as in the request"
                                      : ", by --plain-addresses"));
    return result;
  }
  out.refused(line, kWhat,
              "none is 0: it does not show whether the first register is called 0 or 1; give --address-base 0 "
              "(as in the request) or --address-base 1");
  return std::nullopt;
}

}  // namespace wayside::config
