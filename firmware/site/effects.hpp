// What it does to a gateway at work to go from one configuration to another, beside what differs in their words: which
// lines are opened anew, which rules lose what they know, which points come and go, how full the buses get. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.hpp"
#include "site/assembly.hpp"

namespace wayside::site {

enum class BusFate : std::uint8_t { goes_on, opened_anew, added, removed };

[[nodiscard]] constexpr std::string_view to_string(BusFate fate) {
  switch (fate) {
    case BusFate::goes_on: return "goes on";
    case BusFate::opened_anew: return "opened anew";
    case BusFate::added: return "added";
    case BusFate::removed: return "removed";
  }
  return "?";
}

struct BusEffect {
  std::string bus;
  BusFate fate = BusFate::goes_on;
  // Share of its time that its polls need; none: it is not there.
  std::optional<double> before;
  std::optional<double> after;
};

struct Effects {
  std::vector<BusEffect> buses;  // in the order of the new configuration, then those that go
  std::vector<std::string> rules_anew;
  std::size_t rules_that_go_on = 0;
  std::vector<std::string> points_added;  // "lamp-017.power"
  std::vector<std::string> points_removed;
};

struct Site {
  const config::GatewayConfig& config;
  const Assembly& assembly;
};

[[nodiscard]] Effects effects(const Site& from, const Site& to);

}  // namespace wayside::site
