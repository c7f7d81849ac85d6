#include "cli/cmd_config.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "cli/config_text.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/translation.hpp"
#include "config/files.hpp"
#include "device/driver.hpp"
#include "site/candidate.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;
namespace v1 = control::v1;

constexpr int kExitDiffers = 3;
constexpr const char* kUsualFile = "/etc/wayside/gateway.yaml";

struct Arguments {
  std::string file;
  std::uint64_t version = 0;
  double within_s = 300;
  bool confirmed = false;
  std::string by;
  std::string reason;
  std::string out;
};
using Given = std::shared_ptr<Arguments>;

void tell(const std::vector<config::Problem>& problems, const char* prefix = "") {
  for (const auto& problem : problems) fmt::print(stderr, "{}{}\n", prefix, problem.message());
}

void tell(const google::protobuf::RepeatedPtrField<v1::ConfigProblem>& problems, const char* prefix = "") {
  for (const auto& problem : problems) {
    fmt::print(stderr, "{}{}\n", prefix,
               model::message_at({problem.file(), problem.line(), problem.column()}, problem.what()));
  }
}

void tell(const std::vector<std::string>& lines, const char* indent = "") {
  for (const auto& line : lines) fmt::print("{}{}\n", indent, line);
}

void put(const std::vector<config::Problem>& problems, google::protobuf::RepeatedPtrField<v1::ConfigProblem>& out) {
  for (const auto& problem : problems) {
    auto& told = *out.Add();
    told.set_file(problem.place.file);
    told.set_line(problem.place.line);
    told.set_column(problem.place.column);
    told.set_what(problem.what);
  }
}

int check(const Common& common, const Arguments& arguments) {
  const auto file = arguments.file.empty() ? kUsualFile : arguments.file;
  const auto candidate = site::read_candidate(file, config::disk(), device::driver_table());
  if (common.json) {
    v1::ConfigResponse out;
    out.set_file(file);
    put(candidate.problems, *out.mutable_problems());
    put(candidate.warnings, *out.mutable_warnings());
    print_json(out);
  } else {
    tell(candidate.problems);
    tell(candidate.warnings, tr("warning: "));
    if (candidate.is_good()) {
      const auto count = [](std::size_t n, std::string_view one, std::string_view many) {
        return fmt::format("{} {}", n, n == 1 ? one : many);
      };
      tr_print("{}: {}, {}, {}, {}: good\n", file, count(candidate.config->buses.size(), tr("bus"), tr("buses")),
               count(candidate.config->devices.size(), tr("device"), tr("devices")),
               count(candidate.assembly->points->size(), tr("point"), tr("points")),
               count(candidate.assembly->rules->rule_count(), tr("rule"), tr("rules")));
    } else {
      tr_error("{}: {} problem{}\n", file, candidate.problems.size(), candidate.problems.size() == 1 ? "" : "s");
    }
  }
  return candidate.is_good() ? 0 : 1;
}

// The files go along: the daemon may not be allowed to read where a person keeps them. False: they have problems.
bool fill_source(const Arguments& arguments, v1::ConfigSource& out) {
  out.set_version(arguments.version);
  if (arguments.file.empty()) return true;
  const auto candidate = site::read_candidate(arguments.file, config::disk(), device::driver_table());
  if (!candidate.is_good()) {
    tell(candidate.problems);
    tr_error("{}: {} problem{}; nothing was asked of the gateway\n", arguments.file, candidate.problems.size(),
             candidate.problems.size() == 1 ? "" : "s");
    return false;
  }
  out.mutable_bundle()->set_main(candidate.bundle.main);
  for (const auto& [path, text] : candidate.bundle.files) {
    auto& file = *out.mutable_bundle()->add_files();
    file.set_path(path);
    file.set_text(text);
  }
  return true;
}

int diff(const Common& common, const Arguments& arguments) {
  v1::Request request;
  if (!fill_source(arguments, *request.mutable_config()->mutable_diff()->mutable_source())) return 1;
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& out = response->config();
  if (common.json) {
    print_json(out);
  } else if (out.problems_size() > 0) {
    tell(out.problems());
  } else {
    tell(out.warnings(), tr("warning: "));
    if (out.same()) tr_print("nothing differs from what is at work\n");
    if (!out.same()) tell(change_lines(out));
    for (const auto& line : effect_lines(out)) print_wrapped("", 2, line);
  }
  if (out.problems_size() > 0) return 1;
  return out.same() ? 0 : kExitDiffers;
}

int apply(const Common& common, const Arguments& arguments) {
  v1::Request request;
  auto& order = *request.mutable_config()->mutable_apply();
  if (!fill_source(arguments, *order.mutable_source())) return 1;
  order.set_confirm_within_us(static_cast<std::int64_t>(arguments.within_s * 1e6));
  order.set_confirmed(arguments.confirmed);
  order.set_by(arguments.by);
  order.set_reason(arguments.reason);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& out = response->config();
  if (common.json) {
    print_json(out);
  } else if (out.problems_size() > 0) {
    tell(out.problems());
    tr_error("wayside: not applied: the one at work goes on\n");
  } else if (out.applied() == 0) {
    tr_print("nothing differs from what is at work\n");
  } else {
    tell(out.warnings(), tr("warning: "));
    tell(change_lines(out), "  ");
    tell(state_lines(out));
  }
  return out.problems_size() > 0 ? 1 : 0;
}

int tell_state(const Common& common, const v1::Request& request) {
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->config());
  } else {
    tell(state_lines(response->config()));
  }
  return 0;
}

int confirm(const Common& common, const Arguments& arguments) {
  v1::Request request;
  request.mutable_config()->mutable_confirm()->set_by(arguments.by);
  return tell_state(common, request);
}

int roll_back(const Common& common, const Arguments& arguments) {
  if (arguments.version != 0) return apply(common, arguments);
  v1::Request request;
  auto& order = *request.mutable_config()->mutable_give_up();
  order.set_by(arguments.by);
  order.set_reason(arguments.reason);
  return tell_state(common, request);
}

std::string state_of(const v1::ConfigResponse& response, const wayside::v1::ConfigVersion& version) {
  if (version.number() == response.running() && !response.has_trial()) return tr("at work");
  switch (version.state()) {
    case wayside::v1::CONFIG_STATE_TRIAL: return tr("on trial");
    case wayside::v1::CONFIG_STATE_GOOD: return version.forgotten() ? tr("good, not kept") : tr("good");
    case wayside::v1::CONFIG_STATE_REFUSED: return tr("refused");
    default: return "?";
  }
}

int history(const Common& common) {
  v1::Request request;
  request.mutable_config()->mutable_history();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& out = response->config();
  if (common.json) {
    print_json(out);
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& version : out.versions()) {
    auto why = version.reason();
    if (!version.outcome().empty()) why += (why.empty() ? "" : "; ") + version.outcome();
    rows.push_back({std::to_string(version.number()),
                    version.wall_us() == 0 ? std::string("-") : date_text(version.wall_us()), state_of(out, version),
                    version.origin(), version.by().empty() ? "-" : version.by(), why});
  }
  print_table({tr("VERSION"), tr("APPLIED"), tr("STATE"), tr("FROM"), tr("BY"), tr("WHY")}, rows);
  tell(state_lines(out));
  return 0;
}

// Under `folder` with the path that a file had.
bool write_files(const wayside::v1::ConfigBundle& bundle, const std::string& folder) {
  for (const auto& file : bundle.files()) {
    const auto path = fs::path(folder) / fs::path(config::plain_path("/" + file.path())).relative_path();
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << file.text();
    out.close();
    if (!out) {
      tr_error("wayside: {}: cannot be written\n", path.string());
      return false;
    }
    fmt::print("{}\n", path.string());
  }
  return true;
}

int show(const Common& common, const Arguments& arguments) {
  v1::Request request;
  request.mutable_config()->mutable_show()->set_version(arguments.version);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& bundle = response->config().bundle();
  if (!arguments.out.empty()) return write_files(bundle, arguments.out) ? 0 : 1;
  if (common.json) {
    print_json(bundle);
    return 0;
  }
  for (const auto& file : bundle.files()) {
    if (file.path() == bundle.main()) fmt::print("{}", file.text());
  }
  for (const auto& file : bundle.files()) {
    if (file.path() != bundle.main()) tr_error("# with {}\n", file.path());
  }
  return 0;
}

class Adder {
 public:
  Adder(CLI::App& group, const Common& common, std::function<int()>& chosen)
      : group_(group), common_(common), chosen_(chosen) {}

  template <class Run>
  CLI::App* add(const char* name, const char* help, const Given& given, Run run) {
    auto* sub = group_.add_subcommand(name, help);
    sub->callback([this_common = &common_, chosen = &chosen_, given, run] {
      *chosen = [this_common, given, run] { return run(*this_common, *given); };
    });
    return sub;
  }

 private:
  CLI::App& group_;
  const Common& common_;
  std::function<int()>& chosen_;
};

void add_source(CLI::App& sub, const Given& given) {
  auto* file =
      sub.add_option("file", given->file, tr("A gateway.yaml (default: the one that the daemon was started with)"));
  sub.add_option("--version", given->version, tr("A version that the gateway has had"))->excludes(file);
}

void add_who(CLI::App& sub, const Given& given) {
  sub.add_option("--by", given->by, tr("Who you are, where several share the account"));
  sub.add_option("--reason", given->reason, tr("Why, for those who come after you"));
}

void add_trial(CLI::App& sub, const Given& given) {
  const CLI::AsNumberWithUnit span(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                   CLI::AsNumberWithUnit::UNIT_REQUIRED, "SPAN");
  auto* within =
      sub.add_option("--confirm-within", given->within_s, tr("Gone back from unless confirmed by then (5m)"));
  within->transform(span);
  sub.add_flag("--no-confirm", given->confirmed,
               tr("Keep it unconfirmed, if the gateway does as well as before by then"));
}

}  // namespace

void add_config(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* group =
      app.add_subcommand("config", tr("The configuration: check, diff, apply, confirm, rollback, history, show"));
  group->require_subcommand(1);
  Adder adder(*group, common, chosen);
  adder.add("check", tr("Every problem of a gateway.yaml and what it names (no daemon needed)"), given, check)
      ->add_option("file", given->file, tr_format("The gateway.yaml ({})", kUsualFile));
  add_source(*adder.add("diff", tr("What would change"), given, diff), given);
  auto* apply_sub = adder.add("apply", tr("Put a configuration to work, on trial"), given, apply);
  add_source(*apply_sub, given);
  add_trial(*apply_sub, given);
  add_who(*apply_sub, given);
  adder.add("confirm", tr("Keep the one on trial"), given, confirm)
      ->add_option("--by", given->by, tr("Who you are, where several share the account"));
  auto* back = adder.add("rollback", tr("Give up the one on trial; or apply an earlier version"), given, roll_back);
  back->add_option("version", given->version, tr("The version to go back to"));
  add_trial(*back, given);
  add_who(*back, given);
  adder.add("history", tr("The versions that the gateway has had"), given,
            [](const Common& c, const Arguments&) { return history(c); });
  auto* show_sub = adder.add("show", tr("The files of a version"), given, show);
  show_sub->add_option("version", given->version, tr("The version"))->required();
  show_sub->add_option("--out", given->out, tr("A folder to write them to"));
}

}  // namespace wayside::cli
