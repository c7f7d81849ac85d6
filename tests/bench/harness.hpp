// What the bus benchmarks share: a driver that reads a block of registers and decodes them, an event loop with a
// thread, and a sink that only counts.
#pragma once

#include <pthread.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "daemon/asio_scheduler.hpp"
#include "daemon/system_clock.hpp"
#include "device/decoder.hpp"
#include "device/driver.hpp"
#include "pipeline/poller.hpp"

namespace wayside::bench {

// `registers` input registers from 0 on, each a u16 point with a scale.
class BlockDriver final : public device::Driver {
 public:
  BlockDriver(int registers, std::chrono::microseconds period) {
    for (int i = 0; i < registers; ++i) {
      device::PointSpec point;
      point.name = point.metric = "p" + std::to_string(i);
      point.kind = device::RegisterKind::input;
      point.address = static_cast<std::uint16_t>(i);
      point.scale = 0.1;
      points_.push_back(std::move(point));
    }
    plan_.groups.push_back({period, {{device::RegisterKind::input, 0, static_cast<std::uint16_t>(registers)}}});
  }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    return {device::decode_all(points_, input.image), state};
  }

 private:
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

class Loop {
 public:
  explicit Loop(const base::Clock& clock) : scheduler_(io_, clock) {}
  ~Loop() { stop(); }
  void start() {
    thread_ = std::thread([this] { io_.run(); });
  }
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] base::Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  daemon::AsioScheduler scheduler_;
  std::thread thread_;
};

// Counts polls and samples by device; on core.
class CountingSink final : public pipeline::PollSink {
 public:
  explicit CountingSink(std::size_t devices) : polls_(devices) {}
  void polled(pipeline::PollResult result, base::Task taken) override {
    bool good = false;
    for (const auto& reading : result.readings) good = good || model::is_good(reading.quality);
    samples_ += result.readings.size();
    if (good) polls_[result.device].fetch_add(1, std::memory_order_relaxed);
    taken();
  }
  // Good polls so far.
  [[nodiscard]] std::uint64_t polls(std::size_t device) const { return polls_[device]; }
  [[nodiscard]] std::uint64_t polls() const {
    std::uint64_t sum = 0;
    for (const auto& each : polls_) sum += each;
    return sum;
  }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }

 private:
  std::vector<std::atomic<std::uint64_t>> polls_;
  std::atomic<std::uint64_t> samples_{0};
};

}  // namespace wayside::bench
