#include "config/import/csv_row.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "config/import/collector.hpp"
#include "config/import/csv_words.hpp"
#include "config/import/names.hpp"

namespace wayside::config {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using Refusal = std::string;  // empty: none

bool is_bits(RegisterKind kind) { return kind == RegisterKind::coil || kind == RegisterKind::discrete; }
bool is_float(Encoding e) { return e == Encoding::f32 || e == Encoding::f64; }

// One row -> one point.
class Row {
 public:
  Row(const CsvRow& row, const CsvHeader& header, const CsvAddressing& addressing, Collector& out)
      : row_(row), header_(header), addressing_(addressing), out_(out) {}

  void read() {
    const auto& where = cell(addressing_.column);
    point_.name = !cell(Column::name).empty() ? cell(Column::name) : cell(Column::meaning);
    if (where.empty()) {
      // Without a type it is a heading between the points, such as "Measurements".
      if (!cell(Column::type).empty()) out_.dropped(row_.line, label(), "it has a type and no address");
      return;
    }
    for (const auto step : {&Row::read_address, &Row::read_type, &Row::read_bit, &Row::read_order, &Row::read_scale,
                            &Row::read_access, &Row::read_raw_values}) {
      if (auto why = (this->*step)(); !why.empty()) {
        out_.dropped(row_.line, label(), why);
        return;
      }
    }
    read_range();
    point_.unit = cell(Column::unit) == "-" ? "" : cell(Column::unit);
    point_.meaning = !cell(Column::meaning).empty() ? cell(Column::meaning) : std::string();
    out_.add(std::move(point_), row_.line);
  }

 private:
  [[nodiscard]] const std::string& cell(Column column) const {
    static const std::string kNone;
    const auto at = header_.columns.find(column);
    return at != header_.columns.end() && at->second < row_.cells.size() ? row_.cells[at->second] : kNone;
  }
  [[nodiscard]] std::string label() const {
    return fmt::format("point '{}'", point_.name.empty() ? cell(addressing_.column) : one_line(point_.name, 60));
  }

  Refusal read_address() {
    const auto& word = cell(addressing_.column);
    const auto address = csv_address(word, addressing_.column == Column::hex_address);
    if (!address) return fmt::format("'{}' is no address", one_line(word, 40));
    const auto number = addressing_.numbers ? numbered(*address) : std::nullopt;
    const auto value = (number ? number->number : address->value) - addressing_.base;
    if (value < 0 || value > 65535)
      return fmt::format("address '{}' is no register from {} to {}", word, addressing_.base, 65535 + addressing_.base);
    point_.address = static_cast<std::uint16_t>(value);
    bit_ = address->bit;
    registers_ = address->registers;
    const auto& kind_word = cell(Column::kind);
    const auto named = csv_kind(kind_word);
    if (!kind_word.empty() && !named) return fmt::format("'{}' is no kind of register", one_line(kind_word, 40));
    const auto kind = number ? std::optional(number->kind) : named ? named : out_.options().kind;
    if (!kind) return "nothing says which kind of register it is; give --register";
    point_.kind = *kind;
    return {};
  }

  Refusal read_type() {
    if (!cell(Column::length).empty()) {
      const auto length = csv_number(cell(Column::length));
      if (!length || *length < 1 || *length > 125 || *length != static_cast<int>(*length))
        return fmt::format("length '{}'", cell(Column::length));
      registers_ = static_cast<std::int64_t>(*length);
    }
    const auto& word = cell(Column::type);
    if (is_bits(point_.kind)) {
      point_.encoding = Encoding::bit;
      const bool fits = word.empty() || csv_type(word, 0) == Encoding::bit;
      if (!fits)
        out_.note(row_.line, label(),
                  fmt::format("type '{}' is left out: a coil or discrete input is one bit", one_line(word, 40)));
      return {};
    }
    if (word.empty()) return "it has no type";
    const auto type = csv_type(word, registers_);
    if (!type) {
      const auto hint = registers_ == 0 ? "; a column with the number of registers may tell" : "";
      return fmt::format("type '{}' is not understood{}", one_line(word, 40), hint);
    }
    point_.encoding = *type;
    if (*type == Encoding::text) {
      if (registers_ == 0) return "a text without a length in registers";
      point_.text_registers = static_cast<std::uint16_t>(registers_);
    }
    if (*type == Encoding::bit) point_.encoding = Encoding::u16;
    if (*type == Encoding::bit && bit_ < 0) bit_ = 0;
    const int words = device::word_count(point_);
    if (registers_ != 0 && registers_ != words) {
      return fmt::format("type '{}' has {} registers and the list says {} (a length in bytes or bits?)",
                         one_line(word, 40), words, registers_);
    }
    return {};
  }

  Refusal read_bit() {
    const auto& word = cell(Column::bit);
    if (!word.empty() && word != "-") {
      const auto bit = csv_number(word);
      if (!bit || *bit < 0 || *bit > 63 || *bit != std::floor(*bit)) return fmt::format("bit '{}'", one_line(word, 40));
      bit_ = static_cast<int>(*bit);
    }
    if (bit_ < 0 || is_bits(point_.kind)) return {};
    if (is_float(point_.encoding) || point_.encoding == Encoding::text)
      return "a bit of a value that is no whole number";
    point_.bit = bit_;
    return {};
  }

  Refusal read_order() {
    const auto& word = cell(Column::order);
    if (!word.empty() && word != "-") {
      const auto order = csv_order(word);
      if (!order)
        return fmt::format("order '{}' is not understood (write ABCD, CDAB, BADC or DCBA)", one_line(word, 40));
      point_.order = *order;
    } else if (out_.options().order) {
      point_.order = *out_.options().order;
    }
    // The bytes of one register, or of each of a text: words are not swapped.
    const bool bytes_only = device::word_count(point_) == 1 || point_.encoding == Encoding::text;
    if (bytes_only && point_.order == device::ByteOrder::cdab) point_.order = device::ByteOrder::abcd;
    if (bytes_only && point_.order == device::ByteOrder::dcba) point_.order = device::ByteOrder::badc;
    return {};
  }

  Refusal read_scale() {
    const auto& scale = cell(Column::scale);
    const auto& divisor = cell(Column::divisor);
    const auto& offset = cell(Column::offset);
    const bool has_scale = !scale.empty() && scale != "-";
    const bool has_divisor = !divisor.empty() && divisor != "-";
    const bool has_offset = !offset.empty() && offset != "-";
    const auto factor = has_scale ? csv_factor(scale) : std::optional(1.0);
    const auto by = has_divisor ? csv_number(divisor) : std::optional(1.0);
    const auto plus = has_offset ? csv_number(offset) : std::optional(0.0);
    if (!factor)
      return fmt::format("scale '{}' is not understood (write what the raw value is multiplied by)",
                         one_line(scale, 40));
    if (!by || *by == 0) return fmt::format("divisor '{}'", one_line(divisor, 40));
    if (!plus) return fmt::format("offset '{}'", one_line(offset, 40));
    const bool scaled = *factor != 1 || *by != 1 || *plus != 0;
    if (scaled && (point_.bit >= 0 || is_bits(point_.kind))) return "a single bit with a scale";
    point_.scale = *factor / *by;
    point_.offset = *plus;
    return {};
  }

  Refusal read_access() {
    const auto word = lower(cell(Column::access));
    const bool writes =
        word.find('w') != std::string::npos || word == "readwrite" || word.find("写") != std::string::npos;
    const bool reads =
        word.find('r') == 0 || word.find('/') != std::string::npos || word.find("读") != std::string::npos;
    if (writes && !reads) return "it can only be written";
    const bool may = point_.kind == RegisterKind::holding || point_.kind == RegisterKind::coil;
    if (!writes || !may || point_.bit >= 0) return {};
    device::WriteSpec write;
    write.kind = point_.kind;
    write.address = point_.address;
    point_.write = write;
    return {};
  }

  Refusal read_raw_values() {
    const bool whole =
        !is_float(point_.encoding) && point_.encoding != Encoding::text && point_.bit < 0 && !is_bits(point_.kind);
    const auto& names = cell(Column::values);
    if (!names.empty() && names != "-") {
      const auto values = csv_values(names);
      if (!values || !whole || point_.scale != 1 || point_.offset != 0) {
        out_.not_kept(row_.line, label(),
                      fmt::format("names of values '{}': write 0=off;1=on, of a whole number without a scale",
                                  one_line(names, 60)));
      } else {
        point_.values = *values;
      }
    }
    const auto& error = cell(Column::error);
    if (error.empty() || error == "-") return {};
    const auto raw = csv_address(error, false);
    if (!raw || !whole || raw->bit >= 0 || raw->registers != 0) {
      out_.not_kept(row_.line, label(),
                    fmt::format("error value '{}': write one whole number, 0x8000 as it stands in the register",
                                one_line(error, 40)));
      return {};
    }
    const int bits = 16 * device::word_count(point_);
    const bool is_signed =
        point_.encoding == Encoding::s16 || point_.encoding == Encoding::s32 || point_.encoding == Encoding::s64;
    auto value = raw->value;
    if (is_signed && bits < 64 && value >= (std::int64_t{1} << (bits - 1))) value -= std::int64_t{1} << bits;
    if (bits < 64 && raw->value >= (std::int64_t{1} << bits))
      return fmt::format("error value '{}' of {} bits", error, bits);
    point_.error_values = {{value, value}};
    return {};
  }

  // "0..100", "0 to 100", "0 - 100"; or two columns.
  void read_range() {
    point_.valid_min = csv_number(cell(Column::least));
    point_.valid_max = csv_number(cell(Column::most));
    const std::string_view word = cell(Column::range);
    if (word.empty() || word == "-") return;
    for (const std::string_view between : {"...", "..", " to ", "~", " - ", "-"}) {
      const auto at = word.find(between, 1);
      if (at == std::string_view::npos) continue;
      point_.valid_min = csv_number(word.substr(0, at));
      point_.valid_max = csv_number(word.substr(at + between.size()));
      break;
    }
    if (!point_.valid_min || !point_.valid_max) {
      out_.not_kept(row_.line, label(), fmt::format("range '{}': write 0..100", one_line(word, 40)));
      point_.valid_min.reset();
      point_.valid_max.reset();
    }
  }

  const CsvRow& row_;
  const CsvHeader& header_;
  const CsvAddressing& addressing_;
  Collector& out_;
  PointSpec point_;
  std::int64_t registers_ = 0;
  int bit_ = -1;
};

}  // namespace

void import_csv_row(const CsvRow& row, const CsvHeader& header, const CsvAddressing& addressing, Collector& out) {
  Row(row, header, addressing, out).read();
}

}  // namespace wayside::config
