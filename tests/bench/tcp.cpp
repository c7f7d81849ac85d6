// tcp-poll: pollers and buses of many Modbus TCP devices on one event loop, decoded samples handed to another thread,
// against a plain libmodbus loop with a thread for each connection.
#include <fmt/format.h>

#include "bench/cases.hpp"
#include "bench/harness.hpp"
#include "bench/plain_modbus.hpp"
#include "bench/tcp_slave.hpp"
#include "bus/framed_bus.hpp"
#include "bus/tcp_line.hpp"

namespace wayside::bench {
namespace {

constexpr int kConnections = 64;
constexpr int kRegisters = 10;
constexpr std::chrono::microseconds kAlwaysDue{100};

struct Device {
  std::unique_ptr<bus::FramedBus> bus;
  std::unique_ptr<pipeline::Poller> poller;
};

Throughput ours(std::uint16_t port, double seconds) {
  const daemon::SystemClock clock(config::ClockTrust::rtc);
  Loop core(clock);
  Loop field(clock);
  CountingSink sink(kConnections);
  pipeline::HandOver hand_over(field.scheduler(), core.scheduler(), sink);
  std::vector<Device> devices(kConnections);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    auto& [bus, poller] = devices[i];
    bus::FramedBusOptions options;
    options.framing = bus::Framing::mbap;
    bus = std::make_unique<bus::FramedBus>(
        options, std::make_unique<bus::TcpLine>(bus::TcpEndpoint{"127.0.0.1", port}, field.io(), clock),
        field.scheduler());
    std::vector<pipeline::PolledDevice> polled(1);
    polled[0].id = model::DeviceId{fmt::format("device-{}", i)};
    polled[0].driver = std::make_unique<BlockDriver>(kRegisters, kAlwaysDue);
    polled[0].timeout = std::chrono::milliseconds{500};
    poller =
        std::make_unique<pipeline::Poller>(std::move(polled), std::vector{i}, clock.boot_id(), *bus, field.scheduler(),
                                           core.scheduler(), sink, pipeline::PollerOptions{.hand_over = &hand_over});
    field.scheduler().post([p = poller.get()] { p->start(); });
  }
  core.start();
  field.start();
  std::this_thread::sleep_for(std::chrono::milliseconds{500});
  const auto before = sink.polls();
  const double cpu = cpu_seconds();
  const double start = wall_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto polls = static_cast<double>(sink.polls() - before);
  const Throughput result{polls / (wall_seconds() - start), (cpu_seconds() - cpu) / polls * 1e6};
  field.stop();
  core.stop();
  return result;
}

}  // namespace

void tcp_poll(const Settings& settings) {
  const TcpSlave slave;
  std::vector<double> rates;
  std::vector<double> ceilings;
  std::vector<double> cpu;
  std::vector<double> ceiling_cpu;
  for (int round = 0; round < settings.rounds; ++round) {
    const auto plain = plain_modbus(slave.port(), kConnections, kRegisters, settings.seconds);
    const auto own = ours(slave.port(), settings.seconds);
    rates.push_back(own.transactions_per_second);
    cpu.push_back(own.cpu_us_per_transaction);
    ceilings.push_back(plain.transactions_per_second);
    ceiling_cpu.push_back(plain.cpu_us_per_transaction);
  }
  Result result;
  result.name = "tcp-poll";
  result.variant = fmt::format("{} connections, {} registers", kConnections, kRegisters);
  result.ours = median(rates);
  result.ceiling = median(ceilings);
  result.unit = "transactions/s";
  result.goal = 1.5;
  result.cpu_ratio = median(cpu) / median(ceiling_cpu);
  result.cpu_goal = 0.6;
  result.more = {{"cpu_us", median(cpu)}, {"ceiling_cpu_us", median(ceiling_cpu)}};
  print(settings, result);
}

}  // namespace wayside::bench
