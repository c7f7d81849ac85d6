#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "base/nearest.hpp"
#include "cli/profiles.hpp"
#include "cli/translation.hpp"
#include "config/import/profile_writer.hpp"
#include "config/load.hpp"
#include "config/scalars.hpp"
#include "wire/digest.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;
using config::Finding;
using config::Imported;

constexpr int kExitCannotWrite = 1;
constexpr int kExitUsage = 2;

int complain(const std::string& what, int status) {
  fmt::print(stderr, "wayside: {}\n", what);
  return status;
}

// At most one byte more than an import takes: the importer tells that it is too large.
std::optional<std::string> read_file(const std::string& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string text(config::kMaxImportSize + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.is_open()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// NAME=VALUE words; none: a message was printed.
std::optional<std::map<std::string, int>> named_numbers(const std::vector<std::string>& words, int least, int most) {
  std::map<std::string, int> out;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto value = equals == std::string::npos ? std::nullopt : config::parse_integer(word.substr(equals + 1));
    if (!value || equals == 0 || *value < least || *value > most) {
      complain(tr_format("'{}': write NAME=VALUE with a whole number from {} to {}", word, least, most), kExitUsage);
      return std::nullopt;
    }
    out[word.substr(0, equals)] = static_cast<int>(*value);
  }
  return out;
}

void print_findings(const Imported& imported) {
  std::size_t lost = 0;
  for (const auto& finding : imported.findings) {
    lost += finding.kind == Finding::Kind::dropped ? 1 : 0;
    fmt::print(stderr, "{}:{}: {}: {}: {}\n", finding.place.file, finding.place.line, finding.what,
               to_string(finding.kind), finding.reason);
  }
  if (imported.more_findings > 0) tr_error("and {} more\n", imported.more_findings);
  std::size_t grouped = 0;
  for (const auto& group : imported.profile.groups) grouped += group.points.size();
  tr_error("profile '{}': {} points carried over ({} of them in {} groups), {} not\n", imported.profile.name,
           imported.profile.points.size() + grouped, grouped, imported.profile.groups.size(), lost);
}

// What `profiles check` would say of the result, before anyone meets it in a gateway.
bool is_accepted(const Imported& imported, const std::string& text) {
  const auto loaded = config::parse_profile(imported.profile.name + ".yaml", text, device::driver_table());
  for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem.message());
  if (!loaded.value) return false;
  for (const auto* family : device::driver_table()) {
    if (family->name != loaded.value->family) continue;
    const auto made = family->make({*loaded.value, {}, loaded.value->period});
    if (made.has_value()) return true;
    tr_error("family '{}': {}\nThe profile needs an edit before it can be used (roles: drivers/{}/README.md)\n",
             family->name, made.error().what, family->name);
    return true;
  }
  return false;
}

int write_out(const ImportCommand& command, const Imported& imported, const std::string& text) {
  if (command.out.empty()) {
    fmt::print("{}", text);
    return 0;
  }
  std::error_code error;
  fs::path target = command.out;
  if (command.files.size() > 1 || fs::is_directory(target, error)) target /= imported.profile.name + ".yaml";
  if (fs::exists(target, error) && !command.force) {
    return complain(tr_format("'{}' is there already: --force overwrites it", target.string()), kExitCannotWrite);
  }
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return complain(tr_format("'{}' cannot be written", target.string()), kExitCannotWrite);
  tr_error("wrote {}\n", target.string());
  return 0;
}

int import_one(const ImportCommand& command, const std::string& file) {
  const auto text = read_file(file);
  if (!text) return complain(tr_format("'{}': no such file, or it cannot be read", file), kExitNoInput);
  const auto format = command.format.empty() ? config::guess_format(file, *text) : config::parse_format(command.format);
  if (!format) {
    return complain(tr_format("'{}': neither its name nor its text says what it is; give --format", file), kExitUsage);
  }
  auto options = command.options;
  options.file = file;
  options.digest = wire::sha256_hex(*text);
  auto imported = config::import_map(*format, *text, options);
  config::fit_to_keys(imported, options);
  print_findings(imported);
  if (imported.empty()) return kExitData;
  const auto yaml = config::write_profile(imported);
  if (!is_accepted(imported, yaml)) {
    return complain(tr("the imported profile is not accepted; this is a defect of the import"), kExitData);
  }
  return write_out(command, imported, yaml);
}

std::optional<device::RegisterKind> parse_kind(std::string_view word) {
  using device::RegisterKind;
  for (const auto kind : {RegisterKind::coil, RegisterKind::discrete, RegisterKind::holding, RegisterKind::input}) {
    if (device::to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

std::optional<device::ByteOrder> parse_order(std::string_view word) {
  using device::ByteOrder;
  if (word == "ABCD") return ByteOrder::abcd;
  if (word == "CDAB") return ByteOrder::cdab;
  if (word == "BADC") return ByteOrder::badc;
  if (word == "DCBA") return ByteOrder::dcba;
  return std::nullopt;
}

}  // namespace

int profiles_import(ImportCommand command) {
  std::vector<std::string> families;
  for (const auto* family : device::driver_table()) families.emplace_back(family->name);
  if (std::ranges::find(families, command.options.family) == families.end()) {
    return complain(
        tr_format("unknown family '{}'{}", command.options.family, base::hint(command.options.family, families)),
        kExitUsage);
  }
  const auto factors = named_numbers(command.scale_factors, -10, 10);
  const auto counts = named_numbers(command.counts, 0, 1000);
  if (!factors || !counts) return kExitUsage;
  command.options.scale_factors = *factors;
  command.options.counts = *counts;
  command.options.kind = parse_kind(command.kind);
  command.options.order = parse_order(command.order);
  if (command.files.size() > 1 && !command.options.name.empty()) {
    return complain(tr("--name names one profile: import the files one by one"), kExitUsage);
  }
  if (std::error_code error; command.files.size() > 1 && !fs::is_directory(command.out, error)) {
    return complain(tr("several files need --out with a folder that is there"), kExitUsage);
  }
  int status = 0;
  for (const auto& file : command.files) status = std::max(status, import_one(command, file));
  return status;
}

}  // namespace wayside::cli
