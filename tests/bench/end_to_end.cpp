// end-to-end: 100 Modbus TCP devices of 10 registers flat out, through the whole gateway (polled, qualified, judged by
// a rule for each, stored and synced, sent), counted at a subscriber, against the plain pipeline on the same slaves and
// broker.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/broker.hpp"
#include "bench/cases.hpp"
#include "bench/harness.hpp"
#include "bench/plain_pipeline.hpp"
#include "bench/reading_counter.hpp"
#include "bench/report.hpp"
#include "bench/tcp_slave.hpp"
#include "bus/framed_bus.hpp"
#include "bus/tcp_line.hpp"
#include "config/load.hpp"
#include "daemon/gateway.hpp"
#include "device/driver.hpp"
#include "store/sqlite_outbox.hpp"
#include "uplink/paho_session.hpp"

namespace wayside::bench {
namespace {

constexpr int kDevices = 100;
constexpr int kRegisters = 10;
constexpr std::chrono::microseconds kAlwaysDue{100};
constexpr auto kWarmUp = std::chrono::seconds{2};

void write_config(const Folder& folder, std::uint16_t broker) {
  std::string points;
  for (int i = 0; i < kRegisters; ++i) {
    points += fmt::format(
        "  - {{name: p{0}, register: input, address: {0}, type: u16, scale: 0.1, unit: V, meaning: Register.}}\n", i);
  }
  std::ofstream(folder.file("profile.yaml"))
      << "profile: bench-block\nversion: 1\nfamily: generic\ntitle: Ten registers\nsource: wayside-bench\nperiod: 1s\n"
         "points:\n"
      << points;
  std::ofstream(folder.file("rules.yaml"))
      << "groups:\n  - name: site\n    rules:\n      - {alert: first-high, expr: p0 > 1000, severity: high}\n";
  std::string buses;
  std::string devices;
  for (int i = 0; i < kDevices; ++i) {
    // The lines are made below, all to one slave: the addresses only have to differ.
    buses += fmt::format("  - {{id: bus-{0}, tcp: {{host: 127.0.1.{1}, port: 502}}}}\n", i, i + 1);
    devices += fmt::format("  - {{id: device-{0}, bus: bus-{0}, unit: 1, profile: bench-block, period: 1s}}\n", i);
  }
  std::ofstream(folder.file("gateway.yaml")) << fmt::format(
      "gateway: {{id: bench, area: {{city: a, district: b, street: c, grid: d}}, department: roads}}\n"
      "clock: {{trust: rtc}}\nprofiles: [profile.yaml]\nrules: [rules.yaml]\nbuses:\n{}devices:\n{}"
      "store: {{path: wayside.db}}\nuplink: {{broker: \"mqtt://127.0.0.1:{}\"}}\ncontrol: {{socket: control.sock}}\n",
      buses, devices, broker);
}

// The gateway with the threads that the daemon gives it.
class WholeGateway {
 public:
  WholeGateway(std::uint16_t slave, std::uint16_t broker) : slave_(slave) {
    write_config(folder_, broker);
    auto loaded = config::load_gateway(folder_.file("gateway.yaml"), device::driver_table());
    if (!loaded.value) give_up(loaded.problems.front().message());
    config_ = std::move(*loaded.value);
    for (auto& device : config_->devices) device.period = kAlwaysDue;  // no site may: for the measurement
    auto assembled = site::assemble(*config_, device::driver_table());
    if (!assembled.value) give_up(assembled.problems.front().message());
    outbox_ = store::SqliteOutbox::open(folder_.file("wayside.db"), {},
                                        {core_.scheduler(), writer_.scheduler(), reader_.scheduler()}, random_);
    uplink::PahoOptions paho;
    paho.brokers.push_back({"127.0.0.1", broker, false});
    sessions_ = std::make_unique<uplink::PahoSessionFactory>(paho, core_.scheduler());
    auto built = daemon::Gateway::build(*config_, std::move(*assembled.value),
                                        daemon::Seams{clock_,
                                                      random_,
                                                      core_.scheduler(),
                                                      [this](const auto&) { return make_bus(); },
                                                      *outbox_,
                                                      *outbox_,
                                                      *outbox_,
                                                      *outbox_,
                                                      outbox_->report(),
                                                      sessions_.get(),
                                                      {},
                                                      "bench"});
    if (!built) give_up(built.error().what);
    gateway_ = std::move(*built);
    for (auto* loop : {&writer_, &reader_, &field_, &core_}) loop->start();
    core_.scheduler().post([this] { gateway_->start(); });
  }
  ~WholeGateway() {
    std::promise<void> stopped;
    core_.scheduler().post([this, &stopped] { gateway_->stop([&stopped] { stopped.set_value(); }); });
    stopped.get_future().wait();
    for (auto* loop : {&field_, &core_, &writer_, &reader_}) loop->stop();
    gateway_.reset();
    outbox_->close();
  }
  WholeGateway(const WholeGateway&) = delete;
  WholeGateway& operator=(const WholeGateway&) = delete;

 private:
  daemon::BusSeam make_bus() {
    bus::FramedBusOptions options;
    options.framing = bus::Framing::mbap;
    lines_.push_back(std::make_unique<bus::FramedBus>(
        options, std::make_unique<bus::TcpLine>(bus::TcpEndpoint{"127.0.0.1", slave_}, field_.io(), clock_),
        field_.scheduler()));
    return {field_.scheduler(), *lines_.back()};
  }

  Folder folder_;
  std::uint16_t slave_;
  daemon::SystemClock clock_{config::ClockTrust::rtc};
  base::SystemRandom random_;
  Loop core_{clock_};
  Loop writer_{clock_};
  Loop reader_{clock_};
  Loop field_{clock_};
  std::optional<config::GatewayConfig> config_;
  std::vector<std::unique_ptr<bus::FramedBus>> lines_;
  std::unique_ptr<store::SqliteOutbox> outbox_;
  std::unique_ptr<uplink::PahoSessionFactory> sessions_;
  std::unique_ptr<daemon::Gateway> gateway_;
};

struct Run {
  double rate = 0;
  double cpu_s = 0;  // a thousand readings
};

Run count_for(const ReadingCounter& counter, double seconds) {
  std::this_thread::sleep_for(kWarmUp);
  const auto before = counter.readings();
  const double cpu = cpu_seconds();
  const double begun = wall_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto readings = static_cast<double>(counter.readings() - before);
  return {readings / (wall_seconds() - begun), (cpu_seconds() - cpu) / readings * 1e3};
}

}  // namespace

void end_to_end(const Settings& settings) {
  const Broker broker;
  const ReadingCounter counter(broker.port());
  const TcpSlave slave;
  std::vector<double> rates;
  std::vector<double> ceilings;
  std::vector<double> cpu;
  std::vector<double> ceiling_cpu;
  for (int i = 0; i < settings.rounds; ++i) {
    {
      const Folder folder;
      const PlainPipeline plain(slave.port(), broker.port(), kDevices, kRegisters, folder.file("plain.db"));
      const auto run = count_for(counter, settings.seconds);
      ceilings.push_back(run.rate);
      ceiling_cpu.push_back(run.cpu_s);
    }
    const WholeGateway gateway(slave.port(), broker.port());
    const auto run = count_for(counter, settings.seconds);
    rates.push_back(run.rate);
    cpu.push_back(run.cpu_s);
  }
  Result result;
  result.name = "end-to-end";
  result.variant = fmt::format("{} devices, {} registers", kDevices, kRegisters);
  result.ours = median(rates);
  result.ceiling = median(ceilings);
  result.unit = "readings/s";
  result.goal = 1.5;
  result.cpu_ratio = median(cpu) / median(ceiling_cpu);
  result.cpu_goal = 0.6;
  result.more = {{"cpu_s_a_thousand", median(cpu)}, {"ceiling_cpu_s_a_thousand", median(ceiling_cpu)}};
  print(settings, result);
}

}  // namespace wayside::bench
