#include "cli/cmd_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/bundle.hpp"
#include "cli/child.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/quiet.hpp"
#include "cli/redact.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr int kExitIo = 74;

struct Arguments {
  std::string out;
  std::string config;
};

struct Piece {
  const char* file;
  std::vector<std::string> command;  // of wayside
  bool may_name_sensitive = false;   // lines that may hold a value: those of devices with sensitive points go
};

const std::vector<Piece>& pieces() {
  static const std::vector<Piece> kPieces{
      {"version.txt", {"version"}},
      {"time.txt", {"time"}},
      {"status.txt", {"status"}},
      {"status.json", {"status", "--json"}},
      {"health.txt", {"health"}},
      {"devices.txt", {"devices"}},
      {"devices.json", {"devices", "--json"}},
      {"points.txt", {"points", "--without-sensitive"}},
      {"points.json", {"points", "--without-sensitive", "--json"}},
      {"buses.txt", {"bus", "list"}},
      {"buses.json", {"bus", "list", "--json"}},
      {"store.txt", {"store"}},
      {"uplink.txt", {"uplink"}},
      {"alarms.txt", {"alarms"}, true},
      {"alarms-history.txt", {"alarms", "history"}, true},
      {"quality.txt", {"quality"}},
      {"assets.txt", {"assets"}},
      {"holds.txt", {"holds"}},
      {"audit.txt", {"audit", "show"}, true},
  };
  return kPieces;
}

// Of the daemon; where it does not answer nothing is known, and nothing of its values is in the report either.
struct Known {
  std::vector<std::string> sensitive;  // devices that have such points
  std::string config_file;
  std::string gateway;
};

Known ask_known(const Common& common) {
  Known out;
  std::string why;  // the pieces themselves say it
  control::v1::Request about_points;
  about_points.mutable_points();
  if (const auto response = ask_quietly(common.socket, about_points, why)) {
    for (const auto& point : response->points().points()) {
      if (point.data_class() != "sensitive") continue;
      if (std::ranges::find(out.sensitive, point.device()) == out.sensitive.end()) {
        out.sensitive.push_back(point.device());
      }
    }
  }
  control::v1::Request about_site;
  about_site.mutable_checkup();
  if (const auto response = ask_quietly(common.socket, about_site, why))
    out.config_file = response->checkup().config_file();
  control::v1::Request about_status;
  about_status.mutable_status();
  if (const auto response = ask_quietly(common.socket, about_status, why)) out.gateway = response->status().gateway();
  return out;
}

std::string readme(const Known& known, const std::string& date, const std::vector<std::string>& missing) {
  auto out =
      fmt::format("wayside report of {}, made {}\n\n", known.gateway.empty() ? "a gateway" : known.gateway, date);
  out += "Each file is what the command of its name prints; .json is the same for programs (docs/cli.md).\n\n";
  out += "Left out:\n- values of points of class `sensitive` (points.txt, points.json)\n";
  if (known.sensitive.empty()) {
    out += "- lines of alarms, audit and journal about devices with such points: there are none\n";
  } else {
    out += fmt::format("- lines of alarms, audit and journal about devices with such points: {}\n",
                       fmt::join(known.sensitive, ", "));
  }
  out += "- frames of the buses, keys, certificates, password files\n";
  out += "- in config.yaml what follows a key that names a secret, and who logs in inside of an address\n";
  for (const auto& one : missing) out += "- " + one + "\n";
  return out;
}

class Report {
 public:
  Report(const Common& common, const Arguments& arguments) : common_(common), arguments_(arguments) {
    timex now{};
    ::adjtimex(&now);
    now_ = now.time.tv_sec;
  }

  int make() {
    const Interrupt interrupt;
    // What is asked of `wayside` is for support: the same in every language.
    ::setenv("LANGUAGE", "en", 1);
    known_ = ask_known(common_);
    if (arguments_.config.empty()) arguments_.config = known_.config_file;
    const auto name = known_.gateway.empty() ? std::string("gateway") : known_.gateway;
    if (arguments_.out.empty()) {
      arguments_.out = fmt::format("wayside-report-{}-{:%Y%m%d-%H%M%S}.tar.gz", name, fmt::gmtime(now_));
    }
    folder_ = "wayside-report-" + name + "/";
    auto bundle = Bundle::create(arguments_.out);
    if (!bundle) return fail(bundle.error());
    std::size_t done = 0;
    const auto steps = pieces().size() + 3;
    for (const auto& piece : pieces()) {
      if (interrupt.is_pending()) return interrupted();
      progress(++done, steps, piece.file);
      add_piece(*bundle, piece);
    }
    progress(++done, steps, "check.txt");
    add_check(*bundle);
    if (interrupt.is_pending()) return interrupted();
    progress(++done, steps, "config.yaml");
    add_config(*bundle);
    progress(++done, steps, "journal.txt");
    add_journal(*bundle);
    if (interrupt.is_pending()) return interrupted();
    const auto date = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(now_));
    bundle->add(folder_ + "README.txt", readme(known_, date, missing_), now_);
    progress(0, 0, "");
    if (const auto finished = bundle->finish(); !finished) return fail(finished.error());
    return told();
  }

 private:
  static void progress(std::size_t done, std::size_t steps, const char* file) {
    if (::isatty(STDERR_FILENO) == 0) return;
    if (steps == 0) {
      fmt::print(stderr, "\r\033[K");
    } else {
      fmt::print(stderr, "\r\033[K[{:>2}/{}] {}", done, steps, file);
    }
  }

  int fail(const base::Error& error) {
    progress(0, 0, "");
    tr_error("wayside: {}; --out writes it elsewhere\n", error.what);
    return kExitIo;
  }

  static int interrupted() {
    progress(0, 0, "");
    tr_error("wayside: interrupted; no report was written\n");
    return kExitInterrupted;
  }

  void add_piece(Bundle& bundle, const Piece& piece) {
    std::vector<std::string> words{own_program()};
    words.insert(words.end(), piece.command.begin(), piece.command.end());
    words.insert(words.end(), {"--socket", common_.socket});
    auto ended = run(words);
    if (piece.may_name_sensitive) ended.output = without_devices(ended.output, known_.sensitive);
    if (ended.status == kExitUnavailable) {
      missing_.push_back(tr_format("{}: no daemon answers", piece.file));
    }
    bundle.add(folder_ + piece.file, ended.output, now_);
  }

  void add_check(Bundle& bundle) {
    std::vector<std::string> words{own_program(), "check", "--socket", common_.socket};
    if (!arguments_.config.empty()) words.insert(words.end(), {"--config", arguments_.config});
    bundle.add(folder_ + "check.txt", run(words).output, now_);
  }

  void add_config(Bundle& bundle) {
    if (arguments_.config.empty()) {
      missing_.emplace_back(tr("config.yaml: it is not known where it is; --config names it"));
      return;
    }
    std::ifstream in(arguments_.config);
    if (!in) {
      missing_.push_back(tr_format("config.yaml: {} cannot be read by this user", arguments_.config));
      return;
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    bundle.add(folder_ + "config.yaml", without_secrets(text), now_);
  }

  void add_journal(Bundle& bundle) {
    const auto ended =
        run({"journalctl", "--unit", "waysided", "--lines", "2000", "--no-pager", "--output", "short-iso"});
    if (ended.status != 0) {
      missing_.emplace_back(tr("journal.txt: the journal is not there, or this user may not read it"));
      return;
    }
    bundle.add(folder_ + "journal.txt", without_secrets(without_devices(ended.output, known_.sensitive)), now_);
  }

  int told() {
    if (common_.json) {
      std::vector<std::string> missing;
      std::vector<std::string> sensitive;
      for (const auto& one : missing_) missing.push_back(json_text(one));
      for (const auto& one : known_.sensitive) sensitive.push_back(json_text(one));
      fmt::print("{}\n", json_object({{"file", json_text(arguments_.out)},
                                      {"missing", json_list(missing)},
                                      {"devices_with_sensitive_points", json_list(sensitive)}}));
      return 0;
    }
    fmt::print("{}\n", arguments_.out);
    tr_print("sensitive values and secrets are left out; README.txt inside says what\n");
    for (const auto& one : missing_) tr_print("missing  {}\n", one);
    return 0;
  }

  const Common& common_;
  Arguments arguments_;
  Known known_;
  std::string folder_;
  std::vector<std::string> missing_;
  std::time_t now_ = 0;
};

}  // namespace

void add_report(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* report =
      app.add_subcommand("report", tr("Everything that support needs, in one file, without what is sensitive"));
  report->add_option("--out", given->out, tr("The .tar.gz to write (default: named by gateway and date)"));
  report->add_option("--config", given->config, tr("Where no daemon answers: the gateway.yaml of the site"));
  report->callback([&common, &chosen, given] { chosen = [&common, given] { return Report(common, *given).make(); }; });
}

}  // namespace wayside::cli
