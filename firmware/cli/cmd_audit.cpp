#include "cli/cmd_audit.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"
#include "store/database.hpp"
#include "wire/audit.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

constexpr std::string_view kFileHead = "wayside-audit 1 ";  // then the gateway, and its public key in hexadecimal
constexpr std::size_t kLongestLine = 8192;

struct Arguments {
  std::uint32_t most = 40;
  std::string file;
  std::string store;
};

struct Trail {
  std::string gateway;
  std::string public_key;  // hexadecimal; empty: none
  std::vector<base::Bytes> records;
};

std::string date_of(std::int64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  return seconds == 0 ? "?" : fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(seconds));
}

std::optional<Trail> ask_trail(const Common& common, std::uint32_t most, int& exit_code) {
  v1::Request request;
  request.mutable_audit()->set_most(most);
  const auto response = ask(common, request, exit_code);
  if (!response) return std::nullopt;
  const auto& audit = response->audit();
  Trail out{audit.gateway(), base::to_hex(base::as_bytes(audit.public_key())), {}};
  for (const auto& record : audit.records()) out.records.emplace_back(record.begin(), record.end());
  return out;
}

base::Error unusable(const std::string& file, const std::string& what) {
  return base::invalid_argument(fmt::format("{}: {}", file, what));
}

base::Result<Trail> read_export(const std::string& file) {
  std::ifstream in(file);
  if (!in) return unusable(file, tr("cannot be read"));
  std::string line;
  if (!std::getline(in, line) || !line.starts_with(kFileHead)) {
    return unusable(file, tr("not made by `wayside audit export`"));
  }
  Trail out;
  const auto rest = line.substr(kFileHead.size());
  const auto blank = rest.find(' ');
  out.gateway = rest.substr(0, blank);
  if (blank != std::string::npos) out.public_key = rest.substr(blank + 1);
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    auto bytes = line.size() <= kLongestLine ? base::from_hex(line) : std::nullopt;
    if (!bytes) return unusable(fmt::format("{}:{}", file, number), tr("no record in hexadecimal digits"));
    out.records.push_back(std::move(*bytes));
  }
  return out;
}

base::Result<Trail> read_store(const std::string& path) {
  // It must not make one where there is none.
  if (!std::ifstream(path)) return unusable(path, tr("cannot be read"));
  auto database = store::Database::open_untouched(path, {});
  if (!database) return database.error();
  auto rows = database->prepare("SELECT value FROM state WHERE space='audit' ORDER BY key");
  if (!rows) return unusable(path, tr("no store of a gateway: ") + rows.error().what);
  Trail out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.records.push_back(rows->blob(0));
  }
}

// What was asked and by whom, in one line.
Row row_of(const model::AuditRecord& record) {
  const auto& note = record.note;
  const std::string origin(model::to_string(note.origin));
  const bool says_it = note.by.starts_with(origin);  // "platform (desk 4)"
  const auto who = note.by.empty() ? origin : says_it ? note.by : fmt::format("{}, {}", note.by, origin);
  return {std::to_string(record.number),
          date_of(record.wall_us),
          who,
          note.action,
          note.target,
          note.outcome == model::kAuditRefused ? coloured(note.outcome, Colour::bad) : note.outcome,
          note.detail};
}

std::string json_of(const model::AuditRecord& record) {
  const auto& note = record.note;
  return json_object({{"number", std::to_string(record.number)},
                      {"wall_us", std::to_string(record.wall_us)},
                      {"origin", json_text(model::to_string(note.origin))},
                      {"by", json_text(note.by)},
                      {"action", json_text(note.action)},
                      {"target", json_text(note.target)},
                      {"outcome", json_text(note.outcome)},
                      {"detail", json_text(note.detail)},
                      {"order", json_text(note.order)}});
}

int show(const Common& common, const Arguments& arguments) {
  int exit_code = 0;
  const auto trail = ask_trail(common, arguments.most, exit_code);
  if (!trail) return exit_code;
  std::vector<Row> rows;
  std::string json;
  for (const auto& bytes : trail->records) {
    const auto record = wire::read_audit(bytes);
    if (!record) continue;  // `verify` tells of it
    rows.push_back(row_of(*record));
    json += (json.empty() ? "" : ",\n ") + json_of(*record);
  }
  if (common.json) {
    fmt::print("[{}]\n", json);
  } else {
    print_table({tr("NO"), tr("WHEN"), tr("WHO"), tr("DID"), tr("TO"), tr("CAME OF IT"), tr("MORE")}, rows, {4});
  }
  return 0;
}

int write_out(const Common& common) {
  int exit_code = 0;
  const auto trail = ask_trail(common, 0, exit_code);
  if (!trail) return exit_code;
  fmt::print("{}{} {}\n", kFileHead, trail->gateway, trail->public_key);
  for (const auto& record : trail->records) fmt::print("{}\n", base::to_hex(record));
  return 0;
}

int verify(const Common& common, const Arguments& arguments) {
  int exit_code = 0;
  base::Result<Trail> trail = Trail{};
  if (!arguments.file.empty()) {
    trail = read_export(arguments.file);
  } else if (!arguments.store.empty()) {
    trail = read_store(arguments.store);
  } else {
    auto asked = ask_trail(common, 0, exit_code);
    if (!asked) return exit_code;
    trail = std::move(*asked);
  }
  if (!trail) {
    fmt::print(stderr, "wayside: {}\n", trail.error().what);
    return 2;
  }
  const auto checked = wire::check_chain(trail->records);
  if (common.json) {
    fmt::print("{}\n", json_object({{"first", std::to_string(checked.first)},
                                    {"last", std::to_string(checked.last)},
                                    {"digest", json_text(base::to_hex(checked.digest))},
                                    {"problems", json_list(checked.problems)}}));
    return checked.problems.empty() ? 0 : 1;
  }
  for (const auto& problem : checked.problems) fmt::print("{}\n", coloured(problem, Colour::bad));
  if (checked.first == 0) {
    tr_print("the trail is empty\n");
  } else if (checked.problems.empty()) {
    tr_print("entries {} to {}: {}\n", checked.first, checked.last, coloured(tr("whole"), Colour::good));
    tr_print("digest of entry {}: {}\n", checked.last, base::to_hex(checked.digest));
    tr_print("The platform has the same digest for it, signed by the gateway, or they differ.\n");
  }
  return checked.problems.empty() ? 0 : 1;
}

}  // namespace

void add_audit_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* audit = app.add_subcommand("audit", tr("Who changed, or tried to change, what; is the trail whole"));
  const auto given = std::make_shared<Arguments>();
  audit->require_subcommand(0, 1);
  audit->callback([&common, &chosen, given, audit] {
    if (audit->get_subcommands().empty()) chosen = [&common, given] { return show(common, *given); };
  });
  auto* shown = audit->add_subcommand("show", tr("The newest entries"));
  shown->add_option("--last", given->most, tr("So many; 0: all that are kept, 1000"))->capture_default_str();
  shown->callback([&common, &chosen, given] { chosen = [&common, given] { return show(common, *given); }; });
  audit->add_subcommand("export", tr("All entries, for `verify` elsewhere"))->callback([&common, &chosen] {
    chosen = [&common] { return write_out(common); };
  });
  auto* verified = audit->add_subcommand("verify", tr("Is an entry missing or altered; needs no daemon with a file"));
  auto* file = verified->add_option("file", given->file, tr("Made by `wayside audit export`"));
  verified->add_option("--store", given->store, tr("The database of a gateway that does not run"))->excludes(file);
  verified->callback([&common, &chosen, given] { chosen = [&common, given] { return verify(common, *given); }; });
}

}  // namespace wayside::cli
