#include "cli/cmd_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/checkup.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/quiet.hpp"
#include "cli/translation.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

constexpr const char* kRoot = "/";

struct Arguments {
  std::string config;
  bool no_network = false;
};

void say(const char* what) {
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K{}", what);
}

std::string absolute(const std::string& path) {
  if (path.empty()) return path;
  std::error_code error;
  const auto full = std::filesystem::absolute(path, error);
  return error ? path : full.string();
}

// Without a daemon: from the file itself.
v1::CheckupResponse site_of(const config::GatewayConfig& config) {
  v1::CheckupResponse out;
  if (config.uplink) {
    for (const auto& broker : config.uplink->brokers) {
      auto& one = *out.add_brokers();
      one.set_host(broker.host);
      one.set_port(broker.port);
      one.set_tls(broker.tls);
    }
    out.set_ca_file(config.uplink->tls.ca_file);
    out.set_certificate_file(config.uplink->tls.certificate_file);
    out.set_key_file(config.uplink->tls.key_file);
    out.set_revocation(config.uplink->tls.revocation);
  }
  out.set_store_path(absolute(config.store.path));
  out.set_config_file(absolute(config.file));
  for (const auto& bus : config.buses) {
    auto& one = *out.add_buses();
    one.set_bus(bus.id.value);
    if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) one.set_port(serial->port);
  }
  return out;
}

struct Told {
  v1::CheckupResponse site;
  v1::StatusResponse status;
  v1::DevicesResponse devices;
  v1::BusesResponse buses;
  v1::TimeResponse time;
};

std::optional<Told> ask_daemon(const std::string& socket, std::string& why) {
  v1::Request requests[5];
  requests[0].mutable_checkup();
  requests[1].mutable_status();
  requests[2].mutable_devices();
  requests[3].mutable_buses();
  requests[4].mutable_time();
  v1::Response answers[5];
  for (std::size_t i = 0; i < std::size(requests); ++i) {
    auto answer = ask_quietly(socket, requests[i], why);
    if (!answer) return std::nullopt;
    answers[i] = std::move(*answer);
  }
  return Told{answers[0].checkup(), answers[1].status(), answers[2].devices(), answers[3].buses(), answers[4].time()};
}

void append(std::vector<Found>& out, std::vector<Found> more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

// Those that need no daemon.
void look_around(const v1::CheckupResponse& site, bool network, std::vector<Found>& out) {
  append(out, check_certificates(site));
  if (network) {
    say(tr("asking the brokers .."));
    append(out, check_brokers(site));
    say("");
  } else if (site.brokers_size() > 0) {
    out.push_back({"broker", "", Health::skipped, tr("not asked (--no-network)"), ""});
  }
  append(out, check_disk(site.store_path(), kRoot));
  for (const auto& bus : site.buses()) {
    if (!bus.port().empty()) out.push_back(check_adapter(bus, kRoot));
  }
}

std::vector<Found> with_daemon(const Told& told, bool network) {
  std::vector<Found> out{check_clock(told.time)};
  look_around(told.site, network, out);
  append(out, check_field(told.devices, told.buses, told.site));
  append(out, check_link(told.status));
  append(out, check_store(told.status));
  out.push_back(check_config(told.site));
  return out;
}

std::vector<Found> without_daemon(const Arguments& arguments, const std::string& why) {
  std::vector<Found> out{{"daemon", "", Health::fault, why,
                          tr("start it (`systemctl start waysided`), or read why it ended (`journalctl -u waysided`)")},
                         check_kernel_clock()};
  if (arguments.config.empty()) {
    out.push_back({"config", "", Health::skipped,
                   tr("without a daemon and without --config FILE nothing is known of brokers, buses and store"), ""});
    return out;
  }
  const auto loaded = config::load_gateway(arguments.config, device::driver_table());
  if (!loaded.value) {
    for (const auto& problem : loaded.problems) {
      out.push_back({"config", arguments.config, Health::fault, problem.message(), tr("put the file right")});
    }
    return out;
  }
  out.push_back({"config", arguments.config, Health::ok, tr("can be read"), ""});
  look_around(site_of(*loaded.value), !arguments.no_network, out);
  out.push_back({"devices", "", Health::skipped, tr("only the daemon knows who answers"), ""});
  return out;
}

// Chinese tells what the platform has acknowledged apart from an alarm that someone has.
std::string name_of(const std::string& check) {
  const auto name = tr_word("check " + check);
  return name.starts_with("check ") ? tr_word(check) : name;
}

std::string coloured_verdict(Health verdict) {
  const auto text = fmt::format("{:<7}", tr_word(std::string(to_string(verdict))));
  switch (verdict) {
    case Health::ok: return coloured(text, Colour::good);
    case Health::warning: return coloured(text, Colour::warning);
    case Health::fault: return coloured(text, Colour::bad);
    case Health::skipped: return coloured(text, Colour::faint);
  }
  return text;
}

void print(const std::vector<Found>& all) {
  constexpr std::size_t kIndent = 22;
  int faults = 0;
  int warnings = 0;
  for (const auto& one : all) {
    const auto head = fmt::format("{} {:<13} ", coloured_verdict(one.verdict), name_of(one.check));
    print_wrapped(head, kIndent, one.subject.empty() ? one.what : one.subject + ": " + one.what);
    if (!one.remedy.empty()) print_wrapped(std::string(kIndent - 3, ' ') + "-> ", kIndent, one.remedy);
    faults += one.verdict == Health::fault ? 1 : 0;
    warnings += one.verdict == Health::warning ? 1 : 0;
  }
  const auto sum = tr_format("{} fault{}, {} warning{} in {} checks", faults, faults == 1 ? "" : "s", warnings,
                             warnings == 1 ? "" : "s", all.size());
  fmt::print("{}\n", coloured(sum, faults > 0 ? Colour::bad : warnings > 0 ? Colour::warning : Colour::good));
}

void print_values(const std::vector<Found>& all, bool daemon, bool ok) {
  std::vector<std::string> findings;
  for (const auto& one : all) {
    findings.push_back(json_object({{"check", json_text(one.check)},
                                    {"subject", json_text(one.subject)},
                                    {"verdict", json_text(to_string(one.verdict))},
                                    {"what", json_text(one.what)},
                                    {"remedy", json_text(one.remedy)}}));
  }
  fmt::print("{}\n", json_object({{"ok", ok ? "true" : "false"},
                                  {"daemon", daemon ? "true" : "false"},
                                  {"findings", json_list(findings)}}));
}

int cmd_check(const Common& common, const Arguments& arguments) {
  std::string why;
  const auto told = ask_daemon(common.socket, why);
  const auto all = told ? with_daemon(*told, !arguments.no_network) : without_daemon(arguments, why);
  const bool ok = std::ranges::none_of(all, [](const Found& one) { return one.verdict == Health::fault; });
  if (common.json) {
    print_values(all, told.has_value(), ok);
  } else {
    print(all);
  }
  return ok ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* check = app.add_subcommand("check", tr("Look at everything that goes wrong on a site, and say what to do"));
  check->add_option("--config", given->config, tr("Where no daemon answers: the gateway.yaml of the site"));
  check->add_flag("--no-network", given->no_network, tr("Do not ask name servers and brokers"));
  check->callback([&common, &chosen, given] { chosen = [&common, given] { return cmd_check(common, *given); }; });
}

}  // namespace wayside::cli
