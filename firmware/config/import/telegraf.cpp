#include "config/import/telegraf.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "config/import/names.hpp"
#include "config/import/telegraf_field.hpp"
#include "config/import/toml_check.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::RegisterKind;

constexpr int kMostDotsInALine = 64;

int line_of(const toml::node& node) { return std::max<int>(1, static_cast<int>(node.source().begin.line)); }

// toml++ 3.3 has no limit for "a.a.a....": a table inside a table for each dot, undone by recursion. A line of a real
// file has few dots that are neither in a number nor beside another dot.
std::optional<int> line_of_many_dots(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto at = [text](std::size_t i) { return i < text.size() ? text[i] : '\n'; };
  int line = 1;
  int dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      dots = 0;
    }
    if (text[i] != '.') continue;
    std::size_t first = i;
    std::size_t last = i + 1;
    while (first > 0 && is_digit(text[first - 1]) && i - first < 20) --first;
    while (is_digit(at(last)) && last - i < 20) ++last;
    const bool in_number = first < i && last > i + 1 && at(last) != '.' && (first == 0 || text[first - 1] != '.') &&
                           at(last) != ' ' && at(last) != '"';
    const bool beside = (i > 0 && text[i - 1] == '.') || at(i + 1) == '.';
    if (!in_number && !beside && ++dots > kMostDotsInALine) return line;
  }
  return std::nullopt;
}

std::string text_at(const toml::table& table, std::string_view key) {
  return unveiled(table[key].value_or(std::string()));
}

bool has_letter_beyond_ascii(std::string_view text, int line) {
  for (int skipped = 1; skipped < line; ++skipped) {
    text.remove_prefix(std::min(text.size(), std::min(text.find('\n'), text.size()) + 1));
  }
  return std::ranges::any_of(text.substr(0, text.find('\n')),
                             [](char c) { return static_cast<unsigned char>(c) >= 0x80U; });
}

std::optional<RegisterKind> kind_of(std::string_view word) {
  if (word.empty() || word == "holding") return RegisterKind::holding;
  if (word == "input") return RegisterKind::input;
  if (word == "coil") return RegisterKind::coil;
  if (word == "discrete") return RegisterKind::discrete;
  return std::nullopt;
}

// The [[inputs.modbus]] of a file. A part of one (Telegraf's own samples are) counts as the whole.
std::vector<const toml::table*> sections_of(const toml::table& root) {
  std::vector<const toml::table*> out;
  const auto modbus = root["inputs"]["modbus"];
  if (const auto* one = modbus.as_table()) out.push_back(one);
  if (const auto* list = modbus.as_array()) {
    for (const auto& item : *list) {
      if (const auto* table = item.as_table()) out.push_back(table);
    }
  }
  for (const auto* key : {"holding_registers", "input_registers", "coils", "discrete_inputs"}) {
    if (out.empty() && root.contains(key)) out.push_back(&root);
  }
  return out;
}

class Section {
 public:
  Section(const toml::table& table, Collector& out) : table_(table), out_(out) {}

  void read() {
    read_register_style();
    read_requests("request");
    read_requests("metric");
    if (fields_.empty()) {
      out_.refused(line_of(table_), "[[inputs.modbus]]", "it has no fields");
      return;
    }
    if (!choose_unit()) return;
    read_limits();
    const auto shared = names_of_several_measurements();
    for (const auto& [unit, field] : fields_) {
      if (out_.full()) break;
      if (unit == unit_) import_telegraf_field(field, shared.contains(field.name), out_);
    }
  }

 private:
  using Unit = std::optional<std::int64_t>;

  void keep(Unit unit, TelegrafField field) {
    if (fields_.size() < 4 * kMaxImportPoints) fields_.emplace_back(unit, std::move(field));
  }

  static TelegrafField field_of(const toml::table& table) {
    TelegrafField field;
    field.line = line_of(table);
    field.name = text_at(table, "name");
    field.measurement = text_at(table, "measurement");
    field.scale = table["scale"].value<double>();
    field.output = text_at(table, "output");
    field.length = table["length"].value<std::int64_t>();
    field.bit = table["bit"].value<std::int64_t>();
    if (const auto address = table["address"].value<std::int64_t>()) field.addresses.push_back(*address);
    if (const auto* list = table["address"].as_array()) {
      // One more than a text can have is enough to refuse it.
      for (const auto& item : *list) {
        if (field.addresses.size() < device::kMaxReadRegisters + 1U)
          field.addresses.push_back(item.value<std::int64_t>().value_or(-1));
      }
    }
    return field;
  }

  void read_register_style() {
    constexpr std::array kLists{
        std::pair{"discrete_inputs", RegisterKind::discrete}, std::pair{"coils", RegisterKind::coil},
        std::pair{"holding_registers", RegisterKind::holding}, std::pair{"input_registers", RegisterKind::input}};
    for (const auto& [key, kind] : kLists) {
      const auto* list = table_[key].as_array();
      if (list == nullptr) continue;
      for (const auto& item : *list) {
        const auto* table = item.as_table();
        if (table == nullptr) continue;
        auto field = field_of(*table);
        field.kind = kind;
        field.type = text_at(*table, "data_type");
        field.order = text_at(*table, "byte_order");
        field.register_style = true;
        keep(table_["slave_id"].value<std::int64_t>(), std::move(field));
      }
    }
  }

  // A request has the kind of register and the order for all its fields; a metric's fields have their own kind.
  void read_requests(std::string_view key) {
    const auto* list = table_[key].as_array();
    if (list == nullptr) return;
    for (const auto& item : *list) {
      const auto* request = item.as_table();
      const auto* fields = request != nullptr ? (*request)["fields"].as_array() : nullptr;
      if (fields == nullptr) continue;
      if (request->contains("tags")) has_tags_ = true;
      for (const auto& entry : *fields) {
        if (const auto* table = entry.as_table()) read_request_field(*request, *table);
      }
    }
  }

  void read_request_field(const toml::table& request, const toml::table& table) {
    if (table["omit"].value_or(false)) {
      ++omitted_;
      return;
    }
    auto field = field_of(table);
    const auto word = table.contains("register") ? text_at(table, "register") : text_at(request, "register");
    const auto kind = kind_of(word);
    if (!kind) {
      out_.dropped(field.line, fmt::format("field '{}'", field.name), fmt::format("unknown register '{}'", word));
      return;
    }
    field.kind = *kind;
    field.type = text_at(table, "type");
    field.order = text_at(request, "byte_order");
    if (field.measurement.empty()) field.measurement = text_at(request, "measurement");
    keep(request["slave_id"].value<std::int64_t>(), std::move(field));
  }

  // A profile is of one device.
  bool choose_unit() {
    std::set<Unit> units;
    for (const auto& [unit, field] : fields_) units.insert(unit);
    std::vector<std::string> names;
    for (const auto& unit : units) names.push_back(unit ? fmt::format("{}", *unit) : "none");
    unit_ = *units.begin();
    if (out_.options().unit) {
      unit_ = *out_.options().unit;
      if (units.contains(unit_)) {
        if (units.size() > 1)
          out_.not_kept(line_of(table_), "other devices",
                        fmt::format("only slave_id {} was asked for, of {}", *unit_, fmt::join(names, ", ")));
        return true;
      }
      out_.refused(line_of(table_), "[[inputs.modbus]]",
                   fmt::format("no field of slave_id {}; it has {}", *unit_, fmt::join(names, ", ")));
      return false;
    }
    if (units.size() == 1) return true;
    out_.refused(line_of(table_), "[[inputs.modbus]]",
                 fmt::format("several devices: choose one with --unit (slave_id {})", fmt::join(names, ", ")));
    return false;
  }

  void read_limits() {
    auto& profile = out_.profile();
    const auto timeout = parse_duration(text_at(table_, "timeout"));
    if (timeout.has_value() && *timeout >= std::chrono::milliseconds(10) && *timeout <= std::chrono::seconds(60)) {
      profile.response_timeout = *timeout;
    }
    if (omitted_ > 0) out_.note(line_of(table_), fmt::format("{} fields", omitted_), "omit = true: left out here too");
    if (has_tags_) out_.not_kept(line_of(table_), "tags", "labels are given to the device in gateway.yaml");
    if (table_.contains("controller")) out_.not_kept(line_of(table_), "controller", "the bus is said in gateway.yaml");
  }

  std::set<std::string> names_of_several_measurements() const {
    std::map<std::string, std::string> first;
    std::set<std::string> out;
    for (const auto& [unit, field] : fields_) {
      if (unit != unit_) continue;
      const auto [at, is_new] = first.try_emplace(field.name, field.measurement);
      if (!is_new && at->second != field.measurement) out.insert(field.name);
    }
    return out;
  }

  const toml::table& table_;
  Collector& out_;
  std::vector<std::pair<Unit, TelegrafField>> fields_;
  Unit unit_;
  int omitted_ = 0;
  bool has_tags_ = false;
};

const toml::table* choose_section(const std::vector<const toml::table*>& sections, Collector& out) {
  if (sections.empty()) {
    out.refused(1, "the file", "no [[inputs.modbus]]: this is no Modbus part of Telegraf");
    return nullptr;
  }
  const auto& wanted = out.options().section;
  if (wanted.empty() && sections.size() == 1) return sections.front();
  std::vector<std::string> names;
  for (const auto* section : sections) {
    names.push_back(text_at(*section, "name"));
    if (!wanted.empty() && names.back() == wanted) return section;
  }
  names.resize(std::min<std::size_t>(names.size(), 20));
  out.refused(line_of(*sections.front()), "[[inputs.modbus]]",
              fmt::format("choose one of the {} sections with --section: {}", sections.size(), fmt::join(names, ", ")));
  return nullptr;
}

}  // namespace

Imported import_telegraf(std::string_view text, const ImportOptions& options) {
  constexpr std::string_view kKind = "Telegraf inputs.modbus";
  Collector out(options);
  if (const auto line = line_of_many_dots(text)) {
    out.refused(*line, "the file",
                fmt::format("more than {} dots in a line: no Telegraf file has keys that deep", kMostDotsInALine));
    return std::move(out).finish("", kKind);
  }
  const auto parsed = toml::parse(veiled(text));
  if (!parsed) {
    const auto& error = parsed.error();
    const auto line = static_cast<int>(error.source().begin.line);
    out.refused(
        line, "the file",
        fmt::format(
            "not valid TOML: {}{}", unveiled(error.description()),
            has_letter_beyond_ascii(text, line) ? " (a letter beyond ASCII stands only in quotes and comments)" : ""));
    return std::move(out).finish("", kKind);
  }
  std::string named;
  if (const auto* section = choose_section(sections_of(parsed.table()), out)) {
    named = text_at(*section, "name");
    Section(*section, out).read();
  }
  return std::move(out).finish(named, kKind);
}

}  // namespace wayside::config
