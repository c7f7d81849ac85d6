#include "config/import/import.hpp"

#include <array>
#include <utility>

#include "config/import/collector.hpp"
#include "config/import/csv.hpp"
#include "config/import/edgex.hpp"
#include "config/import/names.hpp"
#include "config/import/sunspec.hpp"
#include "config/import/telegraf.hpp"
#include "config/import/text_check.hpp"

namespace wayside::config {
namespace {

struct Format {
  std::string_view name;
  ImportFormat format;
  Imported (*import)(std::string_view text, const ImportOptions& options);
};

constexpr std::array kFormats{
    Format{"csv", ImportFormat::csv, &import_csv},
    Format{"edgex", ImportFormat::edgex, &import_edgex},
    Format{"sunspec", ImportFormat::sunspec, &import_sunspec},
    Format{"telegraf", ImportFormat::telegraf, &import_telegraf},
};

}  // namespace

std::optional<ImportFormat> parse_format(std::string_view word) {
  for (const auto& known : kFormats) {
    if (known.name == word) return known.format;
  }
  return std::nullopt;
}

std::optional<ImportFormat> guess_format(std::string_view file, std::string_view text) {
  const auto dot = file.rfind('.');
  const auto ending = lower(dot == std::string_view::npos ? "" : file.substr(dot + 1));
  if (ending == "csv" || ending == "tsv") return ImportFormat::csv;
  if (ending == "conf" || ending == "toml") return ImportFormat::telegraf;
  if (text.find("deviceResources") != std::string_view::npos) return ImportFormat::edgex;
  if (text.find("inputs.modbus") != std::string_view::npos) return ImportFormat::telegraf;
  if (ending == "json") return ImportFormat::sunspec;
  return std::nullopt;
}

Imported import_map(ImportFormat format, std::string_view text, const ImportOptions& options) {
  if (const auto fault = fault_of_text(text)) {
    Collector out(options);
    out.refused(fault->line, "the file", fault->what);
    return std::move(out).finish("", "nothing");
  }
  for (const auto& known : kFormats) {
    if (known.format == format) return known.import(without_mark(text), options);
  }
  return {};
}

}  // namespace wayside::config
