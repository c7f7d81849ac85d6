#include "daemon/check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/files.hpp"
#include "daemon/downlink_assembly.hpp"
#include "device/driver.hpp"
#include "site/candidate.hpp"

namespace wayside::daemon {

std::optional<uplink::TlsFiles> tls_files(const config::GatewayConfig& config) {
  if (!config.uplink || !std::ranges::any_of(config.uplink->brokers, &config::BrokerAddress::tls)) return std::nullopt;
  const auto& tls = config.uplink->tls;
  return uplink::TlsFiles{tls.ca_file, tls.certificate_file, tls.key_file, tls.revocation};
}

std::vector<std::string> look_at_keys(const config::GatewayConfig& config) {
  std::vector<std::string> out;
  if (const auto tls = tls_files(config)) {
    if (const auto good = uplink::check_tls_files(*tls); !good) out.push_back(good.error().what);
  }
  if (config.uplink) {
    if (const auto good = check_keys(config.uplink->downlink); !good) out.push_back(good.error().what);
  }
  return out;
}

int check(const std::string& file) {
  const auto candidate = site::read_candidate(file, config::disk(), device::driver_table());
  for (const auto& problem : candidate.problems) fmt::print(stderr, "{}\n", problem.message());
  if (!candidate.is_good()) return kExitConfig;
  for (const auto& warning : candidate.warnings) fmt::print(stderr, "warning: {}\n", warning.message());
  const auto missing = look_at_keys(*candidate.config);
  for (const auto& what : missing) fmt::print(stderr, "{}\n", what);
  if (!missing.empty()) return kExitConfig;
  fmt::print("{}: {} devices, {} points, {} rules: good\n", file, candidate.config->devices.size(),
             candidate.assembly->points->size(), candidate.assembly->rules->rule_count());
  return 0;
}

}  // namespace wayside::daemon
