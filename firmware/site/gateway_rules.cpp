#include "site/gateway_rules.hpp"

#include <algorithm>

namespace wayside::site {
namespace {

using model::Severity;

struct Definition {
  const char* name;
  const char* expr;
  Severity severity;
  const char* summary;
  const char* under;  // hidden by it; null: by none
};

constexpr Definition kRules[] = {
    {"client-id-taken", "link_id_taken == 1", Severity::high,
     "another client connects to the broker with the client id of {{ $labels.device }}", nullptr},
    {"connections-end-at-once", "link_short_lived >= 3", Severity::high,
     "the broker ends connections of {{ $labels.device }} within seconds, {{ $value }} in a row: another client with "
     "its "
     "client id, or no permission",
     "client-id-taken"},
    {"packets-too-small", "link_packets_small == 1", Severity::high,
     "the broker takes no packets of 20 KiB from {{ $labels.device }}: some chunks stay here", nullptr},
    {"certificate-ends-in-1-day", "certificate_days < 1", Severity::critical,
     "a certificate of the link of {{ $labels.device }} ends within a day, or has ended", nullptr},
    {"certificate-ends-in-7-days", "certificate_days < 7", Severity::high,
     "a certificate of the link of {{ $labels.device }} ends in {{ $value }} days", "certificate-ends-in-1-day"},
    {"certificate-ends-in-30-days", "certificate_days < 30", Severity::medium,
     "a certificate of the link of {{ $labels.device }} ends in {{ $value }} days", "certificate-ends-in-7-days"},
};

}  // namespace

std::vector<model::RuleSpec> gateway_rules(const config::GatewayConfig& config) {
  std::vector<model::RuleSpec> out;
  if (!config.uplink) return out;
  for (const auto& rule : kRules) {
    model::RuleSpec spec;
    spec.group = "gateway";
    spec.name = rule.name;
    spec.place = {"(built in)", 1, 1};
    spec.expr = {rule.expr, spec.place};
    spec.match = {{"family", "gateway"}};
    spec.severity = rule.severity;
    if (rule.under != nullptr) spec.suppressed_by.push_back({rule.under, {}, spec.place});
    spec.annotations = {{"summary", rule.summary}};
    const bool replaced = std::ranges::any_of(config.rules, [&spec](const auto& own) { return own.id() == spec.id(); });
    if (!replaced) out.push_back(std::move(spec));
  }
  return out;
}

}  // namespace wayside::site
