#include "cli/cmd_baseline.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/baseline_file.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"
#include "wire/baseline_message.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;
using Baselines = std::vector<model::SharedBaseline>;

struct Arguments {
  std::string device;
  std::string point;
  std::string file;
  std::vector<std::string> files;
  std::string by;
};

int fail(const std::string& what) {
  fmt::print(stderr, "wayside: {}\n", what);
  return 1;
}

std::string_view cycle_of(const model::BaselineSummary& summary) {
  switch (summary.cycle) {
    case 0: return tr("day");
    case 1: return tr("day kind");
    default: return tr("week");
  }
}

v1::BaselineList listed(const Baselines& baselines) {
  v1::BaselineList out;
  for (const auto& [kind, summary] : baselines) {
    auto& one = *out.add_baselines();
    one.set_function(kind.function);
    one.set_family(kind.family);
    one.set_profile(kind.profile);
    for (const auto& metric : kind.metrics) one.add_metrics(metric);
    one.set_cycle(std::string(cycle_of(summary)));
    one.set_slot_seconds(summary.slot_s);
    one.set_gateways(summary.gateways);
    one.set_points(summary.points);
    one.set_slots(static_cast<std::uint32_t>(summary.slots.size()));
    std::uint64_t halves = 0;
    std::uint32_t known = 0;
    for (const auto& slot : summary.slots) {
      for (const auto& cell : slot.cells) halves += cell.count;
      known += slot.cells.empty() ? 0U : 1U;
    }
    one.set_samples(halves / 2);
    one.set_slots_known(known);
  }
  return out;
}

void list(const Common& common, const Baselines& baselines) {
  const auto all = listed(baselines);
  if (common.json) return print_json(all);
  std::vector<Row> rows;
  for (const auto& one : all.baselines()) {
    rows.push_back({one.family() + "/" + one.profile(), std::to_string(one.gateways()), std::to_string(one.points()),
                    std::to_string(one.samples()), tr_format("{} of {}", one.slots_known(), one.slots()), one.cycle(),
                    one.function()});
  }
  print_table(
      {tr("FAMILY/PROFILE"), tr("GATEWAYS"), tr("POINTS"), tr("SAMPLES"), tr("SLOTS"), tr("CYCLE"), tr("FUNCTION")},
      rows);
}

int export_them(const Common& common, const Arguments& arguments) {
  v1::Request request;
  request.mutable_baseline_export()->set_device(arguments.device);
  request.mutable_baseline_export()->set_point(arguments.point);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& answer = response->baseline_export();
  const auto baselines = wire::read_baselines(answer.set());
  if (!baselines) return fail(baselines.error().what);
  if (answer.empty() > 0) tr_error("{} functions have learned nothing yet\n", answer.empty());
  if (!arguments.file.empty()) {
    if (baselines->empty()) return fail(tr("nothing to write: nothing was learned yet"));
    if (const auto written = write_baseline_file(arguments.file, *baselines); !written) {
      return fail(written.error().what);
    }
  }
  list(common, *baselines);
  return 0;
}

std::string name_of(const wayside::v1::ImportedKind& kind) {
  return tr_format("{}/{} {} ({} gateways, {} points)", kind.family(), kind.profile(), kind.function(), kind.gateways(),
                   kind.points());
}

int import_them(const Common& common, const Arguments& arguments) {
  const auto baselines = read_baseline_file(arguments.file);
  if (!baselines) return fail(baselines.error().what);
  v1::Request request;
  wire::fill_baselines(*request.mutable_baseline_import()->mutable_set(), *baselines);
  request.mutable_baseline_import()->set_by(arguments.by);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& answer = response->baseline_import();
  if (common.json) {
    print_json(answer);
    return 0;
  }
  for (const auto& kind : answer.taken()) fmt::print("{}  {}\n", coloured(tr("taken "), Colour::good), name_of(kind));
  for (const auto& kind : answer.unused()) fmt::print("{}  {}\n", coloured(tr("unused"), Colour::faint), name_of(kind));
  tr_print("{} functions begin with it, {} have learned enough of their own\n", answer.started(), answer.kept());
  return 0;
}

int merge(const Common& common, const Arguments& arguments) {
  Baselines merged;
  for (const auto& file : arguments.files) {
    auto more = read_baseline_file(file);
    if (!more) return fail(more.error().what);
    for (auto& one : *more) {
      if (auto done = wire::merge_into(merged, std::move(one)); !done) return fail(done.error().in(file).what);
    }
  }
  if (merged.size() > wire::kMostBaselines) {
    return fail(tr_format("{} kinds of baselines together, at most {}: merge fewer products at once", merged.size(),
                          wire::kMostBaselines));
  }
  if (const auto written = write_baseline_file(arguments.file, merged); !written) return fail(written.error().what);
  list(common, merged);
  return 0;
}

int show(const Common& common, const Arguments& arguments) {
  const auto baselines = read_baseline_file(arguments.file);
  if (!baselines) return fail(baselines.error().what);
  list(common, *baselines);
  return 0;
}

}  // namespace

void add_baseline_commands(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* baseline = app.add_subcommand("baseline", tr("What was learned, as parameters without data: give and take"));
  baseline->require_subcommand(1);
  const auto given = std::make_shared<Arguments>();
  const auto run = [&common, &chosen, given](auto command) {
    return
        [&common, &chosen, given, command] { chosen = [&common, given, command] { return command(common, *given); }; };
  };
  auto* out = baseline->add_subcommand("export", tr("Of this gateway, one a kind of device; lists what it contains"));
  out->add_option("--device", given->device, tr("Only of this device"));
  out->add_option("--point", given->point, tr("Only of this point, or of points of this metric"));
  out->add_option("--out", given->file, tr("Where to write it (wayside.v1.BaselineSet)"));
  out->callback(run(&export_them));
  auto* in = baseline->add_subcommand("import", tr("As a prior: what has learned little of its own begins with it"));
  in->add_option("file", given->file, tr("From export or merge, or the platform's"))->required();
  in->add_option("--by", given->by, tr("Who you are, where several share the account"));
  in->callback(run(&import_them));
  auto* sum = baseline->add_subcommand("merge", tr("Those of several gateways into one (no daemon needed)"));
  sum->add_option("files", given->files, tr("Each as a gateway exported it, or merged"))->required();
  sum->add_option("--out", given->file, tr("Where to write it"))->required();
  sum->callback(run(&merge));
  auto* look = baseline->add_subcommand("show", tr("What a file contains (no daemon needed)"));
  look->add_option("file", given->file, tr("A set of baselines"))->required();
  look->callback(run(&show));
}

}  // namespace wayside::cli
