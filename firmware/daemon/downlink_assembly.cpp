#include "daemon/downlink_assembly.hpp"

#include <map>
#include <utility>

#include "base/log.hpp"
#include "seal/signature.hpp"

namespace wayside::daemon {
namespace {

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::drop_record, std::move(what)}; }

}  // namespace

pipeline::DownlinkRules downlink_rules(const config::DownlinkConfig& config) {
  pipeline::DownlinkRules out;
  for (const auto kind : config.allow) out.allowed[static_cast<std::size_t>(kind)] = true;
  for (const auto kind : config.needs_signature) out.needs_signature[static_cast<std::size_t>(kind)] = true;
  out.sensitive = config.allow_sensitive;
  out.answers = config.answers;
  return out;
}

pipeline::Downlink::Verify make_verifier(const config::DownlinkConfig& config) {
  std::map<std::string, base::Result<seal::PublicKey>, std::less<>> keys;
  for (const auto& key : config.keys) {
    auto read = seal::PublicKey::read_pem(key.file);
    if (!read) base::log::error("downlink.key", {{"name", key.name}, {"what", read.error().what}});
    keys.emplace(key.name, std::move(read));
  }
  return [keys = std::move(keys)](const std::string& name, base::ByteView message,
                                  base::ByteView signature) -> base::Result<void> {
    const auto key = keys.find(name);
    if (key == keys.end()) return denied("this gateway knows no key '" + name + "'");
    if (!key->second) return denied("this gateway cannot read key '" + name + "': its log says why");
    if (!key->second->verifies(message, signature)) return denied("the signature is not that of key '" + name + "'");
    return {};
  };
}

base::Result<void> check_keys(const config::DownlinkConfig& config) {
  for (const auto& key : config.keys) {
    if (const auto read = seal::PublicKey::read_pem(key.file); !read) return read.error().in("uplink.downlink.keys");
  }
  return {};
}

}  // namespace wayside::daemon
