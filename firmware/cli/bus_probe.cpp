#include "cli/bus_probe.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/interrupt.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/translation.hpp"
#include "cli/value_search.hpp"
#include "device/encoding_names.hpp"

namespace wayside::cli {
namespace {

using device::RegisterBlock;
using device::RegisterKind;

struct ProbeOptions {
  TargetOptions target;
  std::vector<std::string> words;  // [BUS] UNIT
  int unit = 0;
  std::string expect;
  std::string tolerance = "1%";
  int from = 0;
  int to = 999;
  int baud = 0;
  std::string parity;
  int timeout_ms = 500;
  bool all = false;
};

class Probe {
 public:
  Probe(FieldLine& line, const ProbeOptions& options, Wanted wanted)
      : line_(line),
        options_(options),
        wanted_(wanted),
        progress_(2 * (options.to - options.from + 1) * kCostOfRegister) {}

  void run() {
    for (const auto kind : {RegisterKind::input, RegisterKind::holding}) {
      run_.clear();
      largest_ = kLargest;
      int at = options_.from;
      while (at <= options_.to && !error) {
        const int count = std::min(static_cast<int>(largest_), options_.to - at + 1);
        read({kind, static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(count)});
        at += count;
      }
      end_run();
    }
    progress_.clear();
    sort_matches(matches, wanted_);
  }

  std::vector<Match> matches;
  std::size_t registers = 0;  // that could be read
  std::optional<base::Error> error;

 private:
  static constexpr std::uint16_t kLargest = 64;
  static constexpr int kMostSilent = 3;
  // Of the bar only: what is refused costs many requests, what is there few.
  static constexpr std::chrono::microseconds kCostOfRegister{10'000};

  // True: all of it came.
  bool read(const RegisterBlock& block) {
    if (error) return false;
    progress_.show(tr_format("{} {}, {} found", to_string(block.kind), block.first, matches.size()));
    const auto words = line_.read(static_cast<std::uint8_t>(options_.unit), block, timeout());
    if (words) {
      silent_ = 0;
      progress_.advance(block.count * kCostOfRegister);
      extend_run(block, *words);
      return true;
    }
    if (words.error().code != base::Errc::exception_reply) return fail(block, words.error());
    silent_ = 0;
    if (block.count > 1) return read_halves(block);
    end_run();
    progress_.advance(kCostOfRegister);
    return false;
  }

  // A part of it is not there, or the device does not give so many at once: then neither the next time.
  bool read_halves(const RegisterBlock& block) {
    const auto half = static_cast<std::uint16_t>(block.count / 2);
    const bool low = read({block.kind, block.first, half});
    const bool high = read(
        {block.kind, static_cast<std::uint16_t>(block.first + half), static_cast<std::uint16_t>(block.count - half)});
    if (low && high && half >= 1) largest_ = std::min<std::uint16_t>(largest_, std::max<std::uint16_t>(half, 1));
    return low && high;
  }

  bool fail(const RegisterBlock& block, const base::Error& why) {
    end_run();
    progress_.advance(block.count * kCostOfRegister);
    if (why.code == base::Errc::cancelled || is_of_line(why) || ++silent_ >= kMostSilent) error = why;
    return false;
  }

  // Neighbours are searched together: a value may lie across two blocks.
  void extend_run(const RegisterBlock& block, const std::vector<std::uint16_t>& words) {
    registers += words.size();
    if (run_.empty()) run_block_ = block;
    run_.insert(run_.end(), words.begin(), words.end());
  }

  void end_run() {
    const auto found = search(run_block_, run_, wanted_);
    matches.insert(matches.end(), found.begin(), found.end());
    run_.clear();
  }

  [[nodiscard]] std::chrono::microseconds timeout() const { return std::chrono::milliseconds{options_.timeout_ms}; }

  FieldLine& line_;
  const ProbeOptions& options_;
  Wanted wanted_;
  Progress progress_;
  std::uint16_t largest_ = kLargest;
  int silent_ = 0;
  RegisterBlock run_block_;
  std::vector<std::uint16_t> run_;
};

std::string scale_text(int exponent) { return fmt::format("{:g}", std::pow(10.0, exponent)); }

void print_matches(const std::vector<Match>& matches, bool all) {
  constexpr std::size_t kShown = 30;
  const auto shown = all ? matches.size() : std::min(matches.size(), kShown);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& m = matches[i];
    rows.push_back({std::string(to_string(m.kind)), fmt::format("{} (0x{:04X})", m.address, m.address),
                    std::string(to_string(m.encoding)), std::string(to_string(m.order)), scale_text(m.exponent),
                    fmt::format("{:.7g}", m.value), fmt::format("{:.2f} %", m.off * 100)});
  }
  print_table({tr("REGISTER"), tr("ADDRESS"), tr("TYPE"), tr("ORDER"), tr("SCALE"), tr("VALUE"), tr("OFF")}, rows);
  if (shown < matches.size()) tr_print("and {} more: --all shows them\n", matches.size() - shown);
  const auto& best = matches.front();
  tr_print("the nearest, in a profile: {{register: {}, address: {}, type: {}, order: {}, scale: {}}}\n",
           to_string(best.kind), best.address, to_string(best.encoding), to_string(best.order),
           scale_text(best.exponent));
}

std::string json_of(const Match& m) {
  return json_object({{"register", json_text(to_string(m.kind))},
                      {"address", std::to_string(m.address)},
                      {"type", json_text(to_string(m.encoding))},
                      {"order", json_text(to_string(m.order))},
                      {"scale", scale_text(m.exponent)},
                      {"value", fmt::format("{}", m.value)},
                      {"off", fmt::format("{}", m.off)}});
}

std::string json_of(const Probe& probe) {
  std::vector<std::string> out;
  for (const auto& match : probe.matches) out.push_back(json_of(match));
  return json_object({{"complete", probe.error ? "false" : "true"},
                      {"registers", std::to_string(probe.registers)},
                      {"matches", fmt::format("[{}]", fmt::join(out, ", "))}});
}

// Half of the last digit of "229.0".
double half_digit(const std::string& text) {
  const auto point = text.find('.');
  const auto digits = point == std::string::npos ? 0 : text.size() - point - 1;
  return 0.5 * std::pow(10.0, -static_cast<double>(digits));
}

// "1%" or a number in the unit of the value.
std::optional<double> share_of(const std::string& text, double expect) {
  const bool percent = !text.empty() && text.back() == '%';
  double number = 0;
  if (!CLI::detail::lexical_cast(percent ? text.substr(0, text.size() - 1) : text, number) || number < 0) {
    return std::nullopt;
  }
  return percent ? number / 100 : number / std::abs(expect);
}

int wrong_use(const std::string& what) {
  fmt::print(stderr, "wayside: {}\n", what);
  return 2;
}

int tell_end(const Probe& probe) {
  if (!probe.error) return probe.matches.empty() ? 1 : 0;
  if (probe.error->code == base::Errc::cancelled) {
    tr_error("wayside: stopped before the end\n");
    return kExitInterrupted;
  }
  fmt::print(stderr, "wayside: {}\n", probe.error->what);
  return kExitUnavailable;
}

int run_probe(const Common& common, ProbeOptions options) {
  const auto& unit = options.words.back();
  if (options.words.size() == 2) options.target.bus = options.words.front();
  if (!CLI::detail::lexical_cast(unit, options.unit) || options.unit < 0 || options.unit > 255) {
    return wrong_use(tr_format("'{}' is no unit from 0 to 255", unit));
  }
  double expect = 0;
  if (!CLI::detail::lexical_cast(options.expect, expect) || !std::isfinite(expect)) {
    return wrong_use(tr_format("--expect {}: not a number", options.expect));
  }
  if (expect == 0) {
    return wrong_use(tr("--expect 0 stands in nearly every register: wait until the display shows another value"));
  }
  const auto tolerance = share_of(options.tolerance, expect);
  if (!tolerance) return wrong_use(tr("--tolerance is a number, or one with % after it"));
  if (options.to < options.from) return wrong_use(tr("--to is before --from"));
  const Interrupt interrupt;
  const auto line = open_target(common, options.target, interrupt.fd());
  if (!line) return wrong_use(line.error().what);
  if (options.baud > 0 || !options.parity.empty()) {
    const auto* serial = std::get_if<config::SerialSettings>(&(*line)->transport());
    if (serial == nullptr || !(*line)->can_tune())
      return wrong_use(tr("--baud and --parity: this line's are not ours"));
    auto parity = serial->parity;
    if (!options.parity.empty()) parity = static_cast<config::Parity>(options.parity.front() - 'a' + 'A');
    (*line)->tune(options.baud > 0 ? options.baud : serial->baud, parity);
  }
  Probe probe(**line, options, {expect, *tolerance, half_digit(options.expect) / std::abs(expect)});
  probe.run();
  if (common.json) {
    fmt::print("{}\n", json_of(probe));
  } else if (probe.matches.empty()) {
    tr_print("none of {} registers gives {} within {}\n", probe.registers, options.expect, options.tolerance);
  } else {
    print_matches(probe.matches, options.all);
  }
  return tell_end(probe);
}

}  // namespace

void add_bus_probe(CLI::App& bus, const Common& common, std::function<int()>& chosen) {
  auto options = std::make_shared<ProbeOptions>();
  auto* probe = bus.add_subcommand("probe", tr("Where in a device's registers the value on its display stands"));
  probe->add_option("bus", options->words, tr("The bus's id (not with --port or --tcp), then the unit"))
      ->required()
      ->expected(1, 2)
      ->type_name("[BUS] UNIT");
  add_target_options(*probe, options->target);
  probe->add_option("--expect", options->expect, tr("What the display shows, with all its digits"))->required();
  probe->add_option("--tolerance", options->tolerance, tr("How far off: 1% or 0.5"))->capture_default_str();
  probe->add_option("--from", options->from, tr("First address"))->check(CLI::Range(0, 65535))->capture_default_str();
  probe->add_option("--to", options->to, tr("Last address"))->check(CLI::Range(0, 65535))->capture_default_str();
  probe->add_option("--baud", options->baud, tr("Speed of the line (as configured, or 9600)"))
      ->check(CLI::Range(300, 921600));
  probe->add_option("--parity", options->parity, tr("Its parity (as configured, or none)"))
      ->check(CLI::IsMember({"none", "even", "odd"}));
  probe->add_option("--timeout", options->timeout_ms, tr("Milliseconds to wait for each answer"))
      ->check(CLI::Range(10, 10'000))
      ->capture_default_str();
  probe->add_flag("--all", options->all, tr("Show all that fit, not only the nearest 30"));
  probe->callback([&common, &chosen, options] { chosen = [&common, options] { return run_probe(common, *options); }; });
}

}  // namespace wayside::cli
