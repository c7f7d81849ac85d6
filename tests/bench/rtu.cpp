// rtu-wire, rtu-dead: the poller and its bus on a paced serial line.
#include <fmt/format.h>

#include "bench/cases.hpp"
#include "bench/harness.hpp"
#include "bench/paced_line.hpp"
#include "bench/rtu_bus.hpp"

namespace wayside::bench {
namespace {

constexpr int kUnits = 32;
constexpr int kRegisters = 10;
// Always due: the line is kept busy.
constexpr std::chrono::milliseconds kPeriod{20};

struct Measured {
  double healthy_per_second = 0;  // good polls of all units that answer
  std::uint64_t violations = 0;
};

struct Line {
  int baud;
  std::vector<int> units;  // that are configured
  std::set<std::uint8_t> silent;
  double warm_up;
};

Measured measure(const Line& line, double seconds) {
  const daemon::SystemClock clock(config::ClockTrust::rtc);
  PacedLine wire({line.baud, 10, line.silent});
  Loop core(clock);
  Loop home(clock);
  CountingSink sink(kUnits + 1);
  auto bus = make_rtu_bus(wire.path(), line.baud, home, clock);
  std::vector<pipeline::PolledDevice> devices;
  std::vector<std::size_t> indices;
  for (const int unit : line.units) {
    pipeline::PolledDevice device;
    device.id = model::DeviceId{fmt::format("unit-{}", unit)};
    device.unit = static_cast<std::uint8_t>(unit);
    device.driver = std::make_unique<BlockDriver>(kRegisters, kPeriod);
    device.timeout = std::chrono::milliseconds{500};
    devices.push_back(std::move(device));
    indices.push_back(static_cast<std::size_t>(unit));
  }
  pipeline::Poller poller(std::move(devices), indices, clock.boot_id(), *bus, home.scheduler(), core.scheduler(), sink);
  core.start();
  home.start();
  home.scheduler().post([&poller] { poller.start(); });
  std::this_thread::sleep_for(std::chrono::duration<double>(line.warm_up));
  const auto before = sink.polls();
  const double start = wall_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const Measured result{static_cast<double>(sink.polls() - before) / (wall_seconds() - start), wire.violations()};
  home.stop();
  core.stop();
  return result;
}

std::vector<int> units(int from, int to) {
  std::vector<int> out;
  for (int unit = from; unit <= to; ++unit) out.push_back(unit);
  return out;
}

void wire_case(const Settings& settings, int baud, double goal) {
  std::vector<double> rates;
  std::uint64_t violations = 0;
  for (int round = 0; round < settings.rounds; ++round) {
    const auto measured = measure({baud, units(1, kUnits), {}, 1}, settings.seconds);
    rates.push_back(measured.healthy_per_second);
    violations += measured.violations;
  }
  Result result;
  result.name = "rtu-wire";
  result.variant = fmt::format("{} 8N1, {} units", baud, kUnits);
  result.ours = median(rates);
  result.ceiling = 1 / PacedLine::least_transaction(baud, 10, kRegisters);
  result.unit = "transactions/s";
  result.goal = goal;
  result.more = {{"gap_violations", static_cast<double>(violations)}};
  result.further_conditions = violations == 0;
  print(settings, result);
}

void dead_case(const Settings& settings, int baud) {
  constexpr int kSilent = 4;
  const Line healthy{baud, units(1, kUnits - kSilent), {}, 1};
  // Finding out takes 3 x 4 x 500 ms; what counts is how it goes on. One probe of 500 ms is the budget of 10 s, so a
  // measurement lasts a whole number of those.
  Line mixed{baud, units(1, kUnits), {}, 20};
  for (int unit = kUnits - kSilent + 1; unit <= kUnits; ++unit) mixed.silent.insert(static_cast<std::uint8_t>(unit));
  const auto alone = measure(healthy, std::max(settings.seconds, 5.0));
  const auto beside = measure(mixed, 40);
  Result result;
  result.name = "rtu-dead";
  result.variant = fmt::format("{} 8N1, {} of {} units silent", baud, kSilent, kUnits);
  result.ours = beside.healthy_per_second;
  result.ceiling = alone.healthy_per_second;
  result.unit = "healthy polls/s";
  result.goal = 0.94;
  const auto violations = alone.violations + beside.violations;
  result.more = {{"gap_violations", static_cast<double>(violations)}};
  result.further_conditions = violations == 0;
  print(settings, result);
}

}  // namespace

void rtu_wire(const Settings& settings) {
  wire_case(settings, 9'600, 0.97);
  wire_case(settings, 115'200, 0.95);
}

void rtu_dead(const Settings& settings) {
  dead_case(settings, 9'600);
  dead_case(settings, 115'200);
}

}  // namespace wayside::bench
