#include "cli/bus_scan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "cli/fingerprint.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/progress.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// What is met most comes first: the scan ends at the first speed at which someone answers.
const std::vector<int> kSpeeds = {9600, 19200, 115200, 4800, 38400, 2400, 57600, 1200};
const std::vector<std::string> kParities = {"none", "even", "odd"};

struct ScanOptions {
  TargetOptions target;
  std::vector<int> bauds;
  std::vector<std::string> parities;
  int first = 1;
  int last = 247;
  int timeout_ms = 200;
  bool all_speeds = false;
  bool no_profiles = false;
  std::vector<std::string> folders;
};

struct Speed {
  int baud = 0;
  config::Parity parity = config::Parity::none;
};

struct Found {
  int unit = 0;
  std::string where;
  Transport transport;
  bool garbled = false;
  std::vector<Likeness> likely;
};

config::Parity parity_of(const std::string& name) {
  if (name == "even") return config::Parity::even;
  return name == "odd" ? config::Parity::odd : config::Parity::none;
}

// Someone is there, also where he says no.
bool is_answer(const base::Error& error) { return error.code == base::Errc::exception_reply; }
bool is_garbled(const base::Error& error) {
  return error.code == base::Errc::protocol || error.code == base::Errc::corrupt;
}

class Scan {
 public:
  Scan(FieldLine& line, const ScanOptions& options)
      : line_(line), options_(options), timeout_(std::chrono::milliseconds{options.timeout_ms}), progress_({}) {
    if (!options.no_profiles) {
      profiles_ = modbus_profiles(options.folders.empty() ? default_folders() : options.folders);
    }
  }

  // Ends early where a person has stopped it or the line cannot be used: `error` says so.
  void run() {
    for (const auto& speed : speeds()) progress_.add(cost_of(speed) * units());
    for (const auto& speed : speeds()) {
      if (line_.can_tune()) line_.tune(speed.baud, speed.parity);
      const auto before = clean_;
      if (!sweep(cost_of(speed))) break;
      if (clean_ > before && !options_.all_speeds) break;
    }
    progress_.clear();
  }

  std::vector<Found> found;
  std::optional<base::Error> error;

 private:
  [[nodiscard]] int units() const { return options_.last - options_.first + 1; }

  // Where nothing can be tuned there is one: that of the connection, or of the gateway's line.
  [[nodiscard]] std::vector<Speed> speeds() const {
    if (!line_.can_tune()) return {Speed{}};
    std::vector<Speed> out;
    for (const auto& parity : options_.parities.empty() ? kParities : options_.parities) {
      for (const int baud : options_.bauds.empty() ? kSpeeds : options_.bauds) out.push_back({baud, parity_of(parity)});
    }
    return out;
  }

  [[nodiscard]] std::chrono::microseconds cost_of(const Speed& speed) const {
    auto transport = line_.transport();
    if (auto* serial = std::get_if<config::SerialSettings>(&transport); serial != nullptr && speed.baud > 0) {
      serial->baud = speed.baud;
    }
    return cost_of_silence(transport, timeout_);
  }

  bool sweep(std::chrono::microseconds cost) {
    for (int unit = options_.first; unit <= options_.last; ++unit) {
      progress_.show(tr_format("{}, unit {}, {} found", text_of(line_.transport()), unit, found.size()));
      if (!look(static_cast<std::uint8_t>(unit))) return false;
      progress_.advance(cost);
    }
    return true;
  }

  // False: it ends here.
  bool look(std::uint8_t unit) {
    const device::RegisterBlock first{device::RegisterKind::holding, 0, 1};
    auto answer = line_.read(unit, first, timeout_);
    // Noise may have hit a good answer.
    if (!answer && is_garbled(answer.error())) answer = line_.read(unit, first, timeout_);
    if (!answer && !is_answer(answer.error()) && !is_garbled(answer.error())) return goes_on(answer.error());
    Found one{unit, text_of(line_.transport()), line_.transport(), !answer && is_garbled(answer.error()), {}};
    if (!one.garbled) {
      ++clean_;
      progress_.show(tr_format("{}, unit {}: what is it?", one.where, unit));
      auto likely = likely_profiles(line_, unit, profiles_, timeout_);
      if (likely) one.likely = *std::move(likely);
      if (!likely) error = likely.error();
    }
    found.push_back(std::move(one));
    return !error;
  }

  bool goes_on(const base::Error& why) {
    if (why.code != base::Errc::cancelled && !is_of_line(why)) return true;
    error = why;
    return false;
  }

  FieldLine& line_;
  const ScanOptions& options_;
  std::chrono::microseconds timeout_;
  std::vector<device::Profile> profiles_;
  Progress progress_;
  std::size_t clean_ = 0;  // units whose answers can be read
};

std::string likely_text(const Found& one) {
  if (one.garbled) return tr("broken answers: another speed, or two devices with this address");
  std::vector<std::string> out;
  for (const auto& each : one.likely) out.push_back(fmt::format("{} ({}/{})", each.profile, each.fits, each.looked));
  return out.empty() ? tr("none of the known profiles") : fmt::format("{}", fmt::join(out, ", "));
}

void print_found(const std::vector<Found>& found) {
  std::vector<Row> rows;
  for (const auto& one : found) rows.push_back({std::to_string(one.unit), one.where, likely_text(one)});
  print_table({tr("UNIT"), tr("WHERE"), tr("LIKELY PROFILE")}, rows);
}

std::string json_of(const Found& one) {
  std::vector<std::string> profiles;
  for (const auto& each : one.likely) {
    profiles.push_back(json_object({{"profile", json_text(each.profile)},
                                    {"fits", std::to_string(each.fits)},
                                    {"looked", std::to_string(each.looked)}}));
  }
  const auto* serial = std::get_if<config::SerialSettings>(&one.transport);
  const char parity = serial == nullptr ? '?' : static_cast<char>(serial->parity);
  return json_object({{"unit", std::to_string(one.unit)},
                      {"where", json_text(one.where)},
                      {"baud", serial == nullptr ? "null" : std::to_string(serial->baud)},
                      {"parity", serial == nullptr ? "null" : json_text(std::string(1, parity))},
                      {"garbled", one.garbled ? "true" : "false"},
                      {"profiles", fmt::format("[{}]", fmt::join(profiles, ", "))}});
}

std::string json_of(const std::vector<Found>& found, bool complete) {
  std::vector<std::string> out;
  for (const auto& one : found) out.push_back(json_of(one));
  return json_object({{"complete", complete ? "true" : "false"}, {"found", fmt::format("[{}]", fmt::join(out, ", "))}});
}

int tell_end(const Scan& scan) {
  if (!scan.error) return scan.found.empty() ? 1 : 0;
  if (scan.error->code == base::Errc::cancelled) {
    tr_error("wayside: stopped before the end; what was found until then is above\n");
    return kExitInterrupted;
  }
  fmt::print(stderr, "wayside: {}\n", scan.error->what);
  return kExitUnavailable;
}

int run_scan(const Common& common, const ScanOptions& options) {
  if (options.last < options.first) {
    tr_error("wayside: --last {} is before --first {}\n", options.last, options.first);
    return 2;
  }
  const Interrupt interrupt;
  const auto line = open_target(common, options.target, interrupt.fd());
  if (!line) {
    fmt::print(stderr, "wayside: {}\n", line.error().what);
    return 2;
  }
  if (!(*line)->can_tune() && (!options.bauds.empty() || !options.parities.empty())) {
    tr_error("wayside: {} has one speed: the gateway's own, or none\n", text_of((*line)->transport()));
    return 2;
  }
  Scan scan(**line, options);
  scan.run();
  if (common.json) {
    fmt::print("{}\n", json_of(scan.found, !scan.error));
  } else if (scan.found.empty()) {
    tr_print("no unit answers{}\n",
             scan.error ? tr(" so far") : tr("; see to A and B, termination and supply of the line"));
  } else {
    print_found(scan.found);
  }
  return tell_end(scan);
}

}  // namespace

void add_bus_scan(CLI::App& bus, const Common& common, std::function<int()>& chosen) {
  auto options = std::make_shared<ScanOptions>();
  auto* scan = bus.add_subcommand("scan", tr("Which units answer on a Modbus line, and what they probably are"));
  scan->add_option("bus", options->target.bus, tr("Its id"));
  add_target_options(*scan, options->target);
  scan->add_option("--baud", options->bauds, tr("Only these speeds, with commas between"))
      ->delimiter(',')
      ->check(CLI::Range(300, 921600))
      ->allow_extra_args(false);
  scan->add_option("--parity", options->parities, tr("Only these parities, with commas between"))
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "even", "odd"}))
      ->allow_extra_args(false);
  scan->add_option("--first", options->first, tr("First unit"))->check(CLI::Range(0, 255))->capture_default_str();
  scan->add_option("--last", options->last, tr("Last unit"))->check(CLI::Range(0, 255))->capture_default_str();
  scan->add_option("--timeout", options->timeout_ms, tr("Milliseconds to wait for each"))
      ->check(CLI::Range(10, 10'000))
      ->capture_default_str();
  scan->add_flag("--all-speeds", options->all_speeds, tr("Do not end at the first speed at which someone answers"));
  scan->add_flag("--no-profiles", options->no_profiles, tr("Do not look for profiles that fit"));
  scan->add_option("--profiles", options->folders,
                   tr("A folder with profiles, as often as needed (or $WAYSIDE_PROFILES)"))
      ->allow_extra_args(false);
  scan->callback([&common, &chosen, options] { chosen = [&common, options] { return run_scan(common, *options); }; });
}

}  // namespace wayside::cli
