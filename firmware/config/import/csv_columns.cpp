#include "config/import/csv_columns.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/import/names.hpp"

namespace wayside::config {
namespace {

constexpr std::size_t kHeaderRows = 30;

using Heading = std::pair<std::string_view, Column>;

// Without blanks and signs.
constexpr std::array kHeadings{
    Heading{"name", Column::name},
    Heading{"pointname", Column::name},
    Heading{"point", Column::name},
    Heading{"parameter", Column::name},
    Heading{"parametername", Column::name},
    Heading{"signal", Column::name},
    Heading{"signalname", Column::name},
    Heading{"variable", Column::name},
    Heading{"tag", Column::name},
    Heading{"tagname", Column::name},
    Heading{"label", Column::name},
    Heading{"datapoint", Column::name},
    Heading{"registername", Column::name},
    Heading{"名称", Column::name},
    Heading{"参数", Column::name},
    Heading{"参数名称", Column::name},
    Heading{"address", Column::address},
    Heading{"addr", Column::address},
    Heading{"registeraddress", Column::address},
    Heading{"regaddress", Column::address},
    Heading{"regaddr", Column::address},
    Heading{"modbusaddress", Column::address},
    Heading{"startaddress", Column::address},
    Heading{"startingaddress", Column::address},
    Heading{"addressdec", Column::address},
    Heading{"registeraddressdec", Column::address},
    Heading{"addressdecimal", Column::address},
    Heading{"decaddress", Column::address},
    Heading{"dec", Column::address},
    Heading{"adresse", Column::address},
    Heading{"dirección", Column::address},
    Heading{"indirizzo", Column::address},
    Heading{"地址", Column::address},
    Heading{"寄存器地址", Column::address},
    Heading{"addresshex", Column::hex_address},
    Heading{"registeraddresshex", Column::hex_address},
    Heading{"hexaddress", Column::hex_address},
    Heading{"addrhex", Column::hex_address},
    Heading{"hex", Column::hex_address},
    Heading{"register", Column::number},
    Heading{"reg", Column::number},
    Heading{"registerno", Column::number},
    Heading{"registernumber", Column::number},
    Heading{"regno", Column::number},
    Heading{"modbusregister", Column::number},
    Heading{"startregister", Column::number},
    Heading{"registre", Column::number},
    Heading{"寄存器", Column::number},
    Heading{"kind", Column::kind},
    Heading{"table", Column::kind},
    Heading{"registertype", Column::kind},
    Heading{"regtype", Column::kind},
    Heading{"registerkind", Column::kind},
    Heading{"objecttype", Column::kind},
    Heading{"area", Column::kind},
    Heading{"function", Column::kind},
    Heading{"functioncode", Column::kind},
    Heading{"fc", Column::kind},
    Heading{"功能码", Column::kind},
    Heading{"type", Column::type},
    Heading{"datatype", Column::type},
    Heading{"format", Column::type},
    Heading{"dataformat", Column::type},
    Heading{"encoding", Column::type},
    Heading{"数据类型", Column::type},
    Heading{"类型", Column::type},
    Heading{"typ", Column::type},
    Heading{"datentyp", Column::type},
    Heading{"length", Column::length},
    Heading{"len", Column::length},
    Heading{"size", Column::length},
    Heading{"registers", Column::length},
    Heading{"words", Column::length},
    Heading{"quantity", Column::length},
    Heading{"numberofregisters", Column::length},
    Heading{"长度", Column::length},
    Heading{"bit", Column::bit},
    Heading{"bitno", Column::bit},
    Heading{"bitnumber", Column::bit},
    Heading{"bitposition", Column::bit},
    Heading{"order", Column::order},
    Heading{"byteorder", Column::order},
    Heading{"wordorder", Column::order},
    Heading{"endian", Column::order},
    Heading{"endianness", Column::order},
    Heading{"字节序", Column::order},
    Heading{"scale", Column::scale},
    Heading{"factor", Column::scale},
    Heading{"scalefactor", Column::scale},
    Heading{"scaling", Column::scale},
    Heading{"multiplier", Column::scale},
    Heading{"gain", Column::scale},
    Heading{"resolution", Column::scale},
    Heading{"faktor", Column::scale},
    Heading{"系数", Column::scale},
    Heading{"divisor", Column::divisor},
    Heading{"divider", Column::divisor},
    Heading{"div", Column::divisor},
    Heading{"offset", Column::offset},
    Heading{"bias", Column::offset},
    Heading{"偏移", Column::offset},
    Heading{"unit", Column::unit},
    Heading{"units", Column::unit},
    Heading{"uom", Column::unit},
    Heading{"einheit", Column::unit},
    Heading{"unité", Column::unit},
    Heading{"unidad", Column::unit},
    Heading{"单位", Column::unit},
    Heading{"access", Column::access},
    Heading{"rw", Column::access},
    Heading{"readwrite", Column::access},
    Heading{"accessmode", Column::access},
    Heading{"permission", Column::access},
    Heading{"mode", Column::access},
    Heading{"读写", Column::access},
    Heading{"description", Column::meaning},
    Heading{"desc", Column::meaning},
    Heading{"comment", Column::meaning},
    Heading{"comments", Column::meaning},
    Heading{"meaning", Column::meaning},
    Heading{"remark", Column::meaning},
    Heading{"remarks", Column::meaning},
    Heading{"note", Column::meaning},
    Heading{"notes", Column::meaning},
    Heading{"beschreibung", Column::meaning},
    Heading{"说明", Column::meaning},
    Heading{"描述", Column::meaning},
    Heading{"备注", Column::meaning},
    Heading{"min", Column::least},
    Heading{"minimum", Column::least},
    Heading{"low", Column::least},
    Heading{"max", Column::most},
    Heading{"maximum", Column::most},
    Heading{"high", Column::most},
    Heading{"range", Column::range},
    Heading{"validrange", Column::range},
    Heading{"values", Column::values},
    Heading{"enum", Column::values},
    Heading{"enumeration", Column::values},
    Heading{"states", Column::values},
    Heading{"options", Column::values},
    Heading{"errorvalue", Column::error},
    Heading{"errorvalues", Column::error},
    Heading{"invalid", Column::error},
    Heading{"invalidvalue", Column::error},
    Heading{"novalue", Column::error},
    Heading{"nan", Column::error},
};

// Letters and digits, also those of other scripts.
std::string plain(std::string_view heading) {
  std::string out;
  for (const char c : lower(heading)) {
    const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (keep) out += c;
  }
  return out;
}

}  // namespace

std::optional<Column> column_of(std::string_view heading) {
  const auto word = plain(heading);
  const auto at = std::ranges::find(kHeadings, std::string_view(word), &Heading::first);
  if (at != kHeadings.end()) return at->second;
  if (word.size() > 3 && word.ends_with("dec")) return column_of(word.substr(0, word.size() - 3));
  if (word.size() > 3 && word.ends_with("hex") && column_of(word.substr(0, word.size() - 3)) == Column::address) {
    return Column::hex_address;
  }
  return std::nullopt;
}

std::optional<CsvHeader> find_header(const CsvText& text) {
  for (std::size_t i = 0; i < std::min(text.rows.size(), kHeaderRows); ++i) {
    CsvHeader header{i, {}};
    const auto& cells = text.rows[i].cells;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (const auto column = column_of(cells[c])) header.columns.try_emplace(*column, c);
    }
    const auto has = [&header](Column column) { return header.columns.contains(column); };
    if (header.columns.size() >= 2 && (has(Column::address) || has(Column::hex_address) || has(Column::number)))
      return header;
  }
  return std::nullopt;
}

}  // namespace wayside::config
