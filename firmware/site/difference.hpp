// What differs between two configurations, in the words of a person: buses, devices, rules, and the settings of the
// gateway. What only moved within its file does not differ. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.hpp"

namespace wayside::site {

enum class ChangeKind : std::uint8_t { added, removed, changed };

[[nodiscard]] constexpr std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added: return "added";
    case ChangeKind::removed: return "removed";
    case ChangeKind::changed: return "changed";
  }
  return "?";
}

struct Change {
  ChangeKind kind = ChangeKind::changed;
  std::string what;    // "bus", "device", "rule", "setting"
  std::string name;    // its id; of a setting its section
  std::string detail;  // "period 1s -> 5s, profile eastron-sdm630@1 -> @2"; empty where it was added or removed
};

struct Difference {
  std::vector<Change> changes;
  // The store, the control socket or the key of the audit trail: the gateway starts over to take them.
  bool starts_over = false;
};

[[nodiscard]] Difference difference(const config::GatewayConfig& from, const config::GatewayConfig& to);

}  // namespace wayside::site
