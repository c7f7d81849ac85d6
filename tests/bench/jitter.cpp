// poll-jitter: how late polls begin, beyond what the bus itself was busy with.
#include <fmt/format.h>

#include <mutex>

#include "bench/cases.hpp"
#include "bench/harness.hpp"
#include "bench/tcp_slave.hpp"
#include "bus/framed_bus.hpp"
#include "bus/tcp_line.hpp"

namespace wayside::bench {
namespace {

constexpr int kBuses = 10;
constexpr int kSlowDevices = 10;  // of each bus, 10 points each at 1 s
constexpr int kPoints = 10;
constexpr int kFastPoints = 5;  // of each bus, in one device at 100 ms

// The newest word of each bus on itself; on core.
class StatisticsSink final : public pipeline::PollSink {
 public:
  explicit StatisticsSink(std::size_t buses) : newest_(buses) {}
  void polled(pipeline::PollResult result, base::Task taken) override {
    {
      const std::lock_guard lock(mutex_);
      if (result.bus) newest_[result.device / (kSlowDevices + 1)] = *result.bus;
      ++polls_;
    }
    taken();
  }
  [[nodiscard]] std::vector<pipeline::BusStatistics> newest() {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  [[nodiscard]] double polls() {
    const std::lock_guard lock(mutex_);
    return static_cast<double>(polls_);
  }

 private:
  std::mutex mutex_;
  std::vector<pipeline::BusStatistics> newest_;
  std::uint64_t polls_ = 0;
};

pipeline::PolledDevice device(int bus, int number, int points, std::chrono::microseconds period) {
  pipeline::PolledDevice out;
  out.id = model::DeviceId{fmt::format("b{}-d{}", bus, number)};
  out.unit = static_cast<std::uint8_t>(number + 1);
  out.driver = std::make_unique<BlockDriver>(points, period);
  out.timeout = std::chrono::milliseconds{500};
  return out;
}

}  // namespace

void poll_jitter(const Settings& settings) {
  const TcpSlave slave;
  const daemon::SystemClock clock(config::ClockTrust::rtc);
  Loop core(clock);
  Loop field(clock);
  StatisticsSink sink(kBuses);
  std::vector<std::unique_ptr<bus::FramedBus>> buses;
  std::vector<std::unique_ptr<pipeline::Poller>> pollers;
  for (int b = 0; b < kBuses; ++b) {
    bus::FramedBusOptions options;
    options.framing = bus::Framing::mbap;
    buses.push_back(std::make_unique<bus::FramedBus>(
        options, std::make_unique<bus::TcpLine>(bus::TcpEndpoint{"127.0.0.1", slave.port()}, field.io(), clock),
        field.scheduler()));
    std::vector<pipeline::PolledDevice> polled;
    std::vector<std::size_t> indices;
    for (int d = 0; d <= kSlowDevices; ++d) {
      const bool fast = d == kSlowDevices;
      polled.push_back(fast ? device(b, d, kFastPoints, std::chrono::milliseconds{100})
                            : device(b, d, kPoints, std::chrono::seconds{1}));
      indices.push_back(static_cast<std::size_t>(b * (kSlowDevices + 1) + d));
    }
    pollers.push_back(std::make_unique<pipeline::Poller>(std::move(polled), indices, clock.boot_id(), *buses.back(),
                                                         field.scheduler(), core.scheduler(), sink));
    field.scheduler().post([p = pollers.back().get()] { p->start(); });
  }
  core.start();
  field.start();
  std::this_thread::sleep_for(std::chrono::duration<double>(std::max(settings.seconds * settings.rounds, 10.0)));
  field.stop();
  core.stop();
  std::chrono::microseconds worst{};
  std::chrono::microseconds worst_in_all{};
  for (const auto& each : sink.newest()) {
    worst = std::max(worst, each.own_p99);
    worst_in_all = std::max(worst_in_all, each.start_p99);
  }
  Result result;
  result.name = "poll-jitter";
  result.variant = "1000 points at 1 s, 50 at 100 ms, 10 buses";
  result.ours = static_cast<double>(worst.count()) / 1000;
  result.ceiling = 5;
  result.unit = "ms, p99 of the worst bus";
  result.goal = 1;
  result.at_most = true;
  result.more = {{"with_waiting_ms", static_cast<double>(worst_in_all.count()) / 1000}, {"polls", sink.polls()}};
  result.further_conditions = sink.polls() > 0;
  print(settings, result);
}

}  // namespace wayside::bench
