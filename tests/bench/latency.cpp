// latency: from the answer of a slave that first holds a changed register to the alarm at a subscriber, through the
// daemon as it is: polled, judged, stored and synced, sent, acknowledged. With half of the load that a site may
// configure on as many buses. Absolute, so a calibration stands beside it: a synced write, and a message through the
// same broker to the same subscriber.
#include <fmt/format.h>
#include <mqtt/async_client.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "bench/broker.hpp"
#include "bench/cases.hpp"
#include "bench/report.hpp"
#include "bench/tcp_slave.hpp"
#include "uplink/socket_delay.hpp"

namespace wayside::bench {
namespace {

constexpr int kLoadBuses = 10;
constexpr int kUnitsOfBus = 5;
constexpr int kLoadPeriodMs = 40;  // the least that a site may configure is 20
constexpr int kRegisters = 10;
constexpr std::uint16_t kHigh = 20'000;
constexpr std::uint16_t kLow = 1;
constexpr std::size_t kBytesOfAlarm = 600;
constexpr double kPatience = 20;  // seconds
constexpr const char* kCalibrationTopic = "wayside/calibration";

// Takes the time of each message of a topic that ends so.
class Subscriber final : public virtual mqtt::callback {
 public:
  Subscriber(std::uint16_t port, std::string ending)
      : ending_(std::move(ending)), client_(fmt::format("tcp://127.0.0.1:{}", port), "subscriber") {
    client_.set_callback(*this);
    client_.connect()->wait();
    client_.subscribe("wayside/#", 1)->wait();
    uplink::send_without_delay(port);
  }
  ~Subscriber() override { client_.disconnect()->wait(); }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  void message_arrived(mqtt::const_message_ptr message) override {
    const double now = wall_seconds();
    if (!message->get_topic().ends_with(ending_)) return;
    const std::lock_guard lock(mutex_);
    ++count_;
    last_ = now;
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  // When the message after `count` others came; below zero: not in time.
  [[nodiscard]] double wait_beyond(std::size_t count) {
    std::unique_lock lock(mutex_);
    const auto patience = std::chrono::duration<double>(kPatience);
    return changed_.wait_for(lock, patience, [&] { return count_ > count; }) ? last_ : -1;
  }
  void publish(const base::Bytes& payload) {
    client_.publish(kCalibrationTopic, payload.data(), payload.size(), 1, false);
  }

 private:
  std::string ending_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  double last_ = 0;
  mqtt::async_client client_;
};

// waysided, which stands beside this program, with its files in a folder.
class Daemon {
 public:
  Daemon(const TcpSlave& alarming, const std::vector<std::unique_ptr<TcpSlave>>& load, std::uint16_t broker) {
    std::string points;
    for (int i = 0; i < kRegisters; ++i) {
      points +=
          fmt::format("  - {{name: p{0}, register: input, address: {0}, type: u16, unit: V, meaning: Register.}}\n", i);
    }
    write("profile.yaml",
          "profile: bench-block\nversion: 1\nfamily: generic\ntitle: Ten registers\nsource: wayside-bench\nperiod: "
          "1s\npoints:\n" +
              points);
    write("rules.yaml",
          fmt::format(
              "groups:\n  - name: site\n    rules:\n      - {{alert: first-high, expr: p0 > {}, severity: high}}\n",
              kHigh / 2));
    std::string buses = bus("alarming", alarming.port());
    std::string devices = device("alarming", "alarming", 1, 20);
    for (std::size_t i = 0; i < load.size(); ++i) {
      buses += bus(fmt::format("load-{}", i), load[i]->port());
      for (int unit = 1; unit <= kUnitsOfBus; ++unit) {
        devices += device(fmt::format("load-{}-{}", i, unit), fmt::format("load-{}", i), unit, kLoadPeriodMs);
      }
    }
    write("gateway.yaml",
          fmt::format("gateway: {{id: bench, area: {{city: a, district: b, street: c, grid: d}}, department: roads}}\n"
                      "clock: {{trust: rtc}}\nprofiles: [profile.yaml]\nrules: [rules.yaml]\nbuses:\n{}devices:\n{}"
                      "store: {{path: wayside.db}}\nuplink: {{broker: \"mqtt://127.0.0.1:{}\"}}\n"
                      "control: {{socket: control.sock}}\nlog: {{level: error}}\n",
                      buses, devices, broker));
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    child_ = std::make_unique<Child>(
        std::vector<std::string>{(self.parent_path() / "waysided").string(), "--config", folder_.file("gateway.yaml")},
        folder_.file("waysided.log"));
  }

 private:
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_.file(name)) << text; }
  static std::string bus(const std::string& id, std::uint16_t port) {
    return fmt::format("  - {{id: {}, tcp: {{host: 127.0.0.1, port: {}}}}}\n", id, port);
  }
  static std::string device(const std::string& id, const std::string& bus, int unit, int period_ms) {
    return fmt::format("  - {{id: {}, bus: {}, unit: {}, profile: bench-block, period: {}ms}}\n", id, bus, unit,
                       period_ms);
  }
  Folder folder_;
  std::unique_ptr<Child> child_;
};

std::vector<double> calibrate(std::uint16_t port, std::size_t times) {
  Subscriber subscriber(port, kCalibrationTopic);
  const Folder folder;
  PlainLog log(folder.file("plain.log"));
  const base::Bytes bytes(kBytesOfAlarm, 7);
  std::vector<double> out;
  for (std::size_t i = 0; i < times; ++i) {
    const double begun = wall_seconds();
    log.append(bytes);
    subscriber.publish(bytes);
    const double came = subscriber.wait_beyond(i);
    if (came < 0) give_up("a message for calibration did not come");
    out.push_back((came - begun) * 1e3);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return out;
}

std::vector<double> measure(std::uint16_t port, double seconds) {
  TcpSlave alarming;
  std::vector<std::unique_ptr<TcpSlave>> load;
  for (int i = 0; i < kLoadBuses; ++i) load.push_back(std::make_unique<TcpSlave>());
  Subscriber subscriber(port, "/up/internal/alarm");
  const Daemon daemon(alarming, load, port);
  if (subscriber.wait_beyond(0) < 0) give_up("nothing comes from waysided");
  std::this_thread::sleep_for(std::chrono::seconds{3});
  std::vector<double> out;
  const double end = wall_seconds() + seconds;
  for (bool high = true; wall_seconds() < end || !high; high = !high) {
    const auto before = subscriber.count();
    alarming.set_first_word(high ? kHigh : kLow);
    const double came = subscriber.wait_beyond(before);
    if (came < 0) give_up("an alarm did not come");
    out.push_back((came - alarming.answered_at()) * 1e3);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return out;
}

}  // namespace

void latency(const Settings& settings) {
  const Broker broker;
  const auto calibration = calibrate(broker.port(), 200);
  const auto delays = measure(broker.port(), settings.seconds * settings.rounds);
  for (const auto& [variant, share, goal_ms] : {std::tuple{"p50", 0.5, 2.0}, std::tuple{"p99", 0.99, 10.0}}) {
    Result result;
    result.name = "latency";
    result.variant =
        fmt::format("{}, alarms beside {} readings/s", variant, kLoadBuses * kUnitsOfBus * 1000 / kLoadPeriodMs);
    result.ours = percentile(delays, share);
    result.ceiling = goal_ms;
    result.unit = "ms";
    result.goal = 1;
    result.at_most = true;
    result.more = {{"alarms", static_cast<double>(delays.size())},
                   {"calibration_ms", percentile(calibration, share)},
                   {"of_calibration", percentile(delays, share) / percentile(calibration, share)}};
    print(settings, result);
  }
}

}  // namespace wayside::bench
