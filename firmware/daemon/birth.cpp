#include "daemon/birth.hpp"

#include <fmt/format.h>

#include <map>

#include "base/bytes.hpp"

namespace wayside::daemon {
namespace {

// "rules/supply.yaml" of a path: where it lies on this machine is nobody's business.
std::string end_of(const std::string& path) {
  const auto last = path.rfind('/');
  if (last == std::string::npos || last == 0) return path;
  const auto before = path.rfind('/', last - 1);
  return before == std::string::npos ? path : path.substr(before + 1);
}

// What makes a rule behave otherwise.
std::string said(const model::RuleSpec& rule) {
  auto out = fmt::format("{}\n{}\n{}\n{} {} {} {}\n", rule.id(), rule.expr.text, rule.clear ? rule.clear->text : "",
                         rule.hold_for.count(), rule.keep_firing_for.count(), rule.interval.count(),
                         model::to_string(rule.severity));
  out += rule.department + "\n";
  for (const auto& [key, value] : rule.match) out += fmt::format("{}={}\n", key, value);
  for (const auto& [name, value] : rule.parameters) out += fmt::format("${}={}\n", name, value);
  return out;
}

}  // namespace

std::vector<std::string> capabilities(const config::GatewayConfig& config) {
  std::vector<std::string> out{"body/none"};
  if (config.uplink && config.uplink->codec == config::BodyCodec::zstd) out.emplace_back("body/zstd");
  for (const auto* more :
       {"event/health", "event/notice", "event/thinned", "face/wayside.v1", "meta/descriptor", "meta/dictionary.v1"}) {
    out.emplace_back(more);
  }
  if (!config.uplink) return out;
  if (config.uplink->sparkplug) out.emplace_back("face/sparkplug-b");
  const auto& downlink = config.uplink->downlink;
  for (const auto kind : downlink.allow) out.push_back(fmt::format("order/{}", model::to_string(kind)));
  for (const auto kind : downlink.needs_signature)
    out.push_back(fmt::format("order-signed/{}", model::to_string(kind)));
  return out;
}

std::vector<wire::RulePack> rule_packs(const config::GatewayConfig& config) {
  std::map<std::string, std::pair<std::uint32_t, std::string>> packs;
  for (const auto& rule : config.rules) {
    auto& [count, text] = packs[end_of(rule.place.file)];
    ++count;
    text += said(rule);
  }
  std::vector<wire::RulePack> out;
  for (const auto& [name, pack] : packs) {
    const auto& text = pack.second;
    const base::Bytes bytes(text.begin(), text.end());
    out.push_back({name, pack.first, base::crc32c(bytes)});
  }
  return out;
}

}  // namespace wayside::daemon
