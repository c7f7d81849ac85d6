// wayside-sim fleet: many light gateways against one broker.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>

#include "base/log.hpp"
#include "sim/command.hpp"
#include "sim/fleet/fleet.hpp"

namespace wayside::sim {
namespace {

constexpr std::size_t kMostGateways = 10'000;
constexpr int kUsage = 2;

int refuse(const std::string& what) {
  fmt::print(stderr, "wayside-sim: {}\n", what);
  return kUsage;
}

// A whole number within 1..most.
std::optional<std::size_t> number_of(const std::string& text, std::size_t most) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > most) return std::nullopt;
  return value;
}

// "127.0.0.1:1883"
std::optional<boost::asio::ip::tcp::endpoint> endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text.substr(0, colon), error);
  const auto port = number_of(text.substr(colon + 1), 65535);
  if (error || !port) return std::nullopt;
  return boost::asio::ip::tcp::endpoint{address, static_cast<std::uint16_t>(*port)};
}

void print(const FleetSetting& setting, const FleetReport& report, bool json) {
  const auto& t = report.totals;
  std::string waves;
  for (const auto& wave : report.waves) {
    if (json) {
      waves += fmt::format(
          R"({}{{"outage_s":{:.2f},"back_s":{:.2f},"half_back_s":{:.2f},"most_100ms":{},"most_1s":{},"connections":{}}})",
          waves.empty() ? "" : ",", wave.outage_s, wave.back_s, wave.half_back_s, wave.most_100ms, wave.most_1s,
          wave.connections);
    } else {
      waves += fmt::format(
          "  outage {:6.1f} s: {} connections taken over {:.1f} s (half of them in {:.1f} s), at most {} in 100 ms, {} "
          "in "
          "1 s\n",
          wave.outage_s, wave.connections, wave.back_s, wave.half_back_s, wave.most_100ms, wave.most_1s);
    }
  }
  if (json) {
    fmt::print(
        R"({{"gateways":{},"sent":{},"received":{},"lost":{},"repeated":{},"defects":{},"alarms":{},"tried":{},"taken":{},"waves":[{}]}})"
        "\n",
        setting.gateways, t.sent, t.received, t.lost, t.repeated, t.defects, t.alarms, report.tried, report.taken,
        waves);
  } else {
    fmt::print(
        "{} gateways: {} chunks sent, {} received, {} lost, {} repeated, {} defects; {} connections tried, {} "
        "taken\n{}",
        setting.gateways, t.sent, t.received, t.lost, t.repeated, t.defects, report.tried, report.taken, waves);
  }
  if (!t.first_defect.empty()) fmt::print(stderr, "wayside-sim: the first defect: {}\n", t.first_defect);
}

int run(const Arguments& arguments) {
  FleetSetting setting;
  const auto gateways = number_of(arguments.get("gateways"), kMostGateways);
  if (!gateways) return refuse(fmt::format("gateways: a whole number up to {}", kMostGateways));
  setting.gateways = *gateways;
  const auto broker = endpoint_of(arguments.get("--broker"));
  if (!broker) return refuse("--broker: '" + arguments.get("--broker") + "' is not ADDRESS:PORT");
  setting.broker = *broker;
  std::optional<std::size_t> seconds;
  const auto take = [&arguments](const char* name, std::size_t most, auto put) {
    if (!arguments.has(name)) return true;
    const auto value = number_of(arguments.get(name), most);
    if (value) put(*value);
    return value.has_value();
  };
  if (!take("--period", 3600, [&](std::size_t value) { setting.period = std::chrono::seconds{value}; }) ||
      !take("--seed", 1'000'000'000, [&](std::size_t value) { setting.seed = value; }) ||
      !take("--seconds", 1'000'000, [&](std::size_t value) { seconds = value; })) {
    return refuse("--period, --seed and --seconds are whole numbers above 0");
  }
  base::log::set_level(base::log::Level::off);
  boost::asio::io_context io{1};
  const auto say = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  Fleet fleet(io, setting, say);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&fleet](const boost::system::error_code& error, int) {
    if (!error) fleet.stop();
  });
  boost::asio::steady_timer timer(io);
  if (seconds) {
    timer.expires_after(std::chrono::seconds{*seconds});
    timer.async_wait([&fleet](const boost::system::error_code& error) {
      if (!error) fleet.stop();
    });
  }
  fleet.start();
  io.run();
  const auto report = fleet.report();
  print(setting, report, arguments.has("--json"));
  return report.totals.lost == 0 && report.totals.defects == 0 && report.totals.sent > 0 ? 0 : 1;
}

}  // namespace

Command fleet_command() {
  return {"fleet",
          "Run many light gateways against one broker, and count how they connect and what arrives",
          {{"gateways", "How many", true},
           {"--broker", "ADDRESS:PORT, MQTT 5, in the clear", true},
           {"--period", "Seconds between two measurements of a gateway (default 10)"},
           {"--seconds", "End after this time (default: SIGTERM or SIGINT)"},
           {"--seed", "Of the back-off and of the values (default 1)"},
           {"--json", "yes: the summary as one JSON object"}},
          &run};
}

}  // namespace wayside::sim
