// A poller in virtual time over a bus whose answers a test writes down.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "device/decoder.hpp"
#include "pipeline/poller.hpp"
#include "support/catch.hpp"

namespace wayside::test {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline base::Error exception(int code) {
  return {base::Errc::exception_reply, code <= 3 ? base::Consequence::skip_point : base::Consequence::retry_later,
          "exception", code};
}
inline base::Error silence() { return {base::Errc::timeout, base::Consequence::device_lost, "no answer in time"}; }
inline base::Error line_closed() { return {base::Errc::closed, base::Consequence::device_lost, "closed"}; }

// Points at addresses, planned by device::plan_reads.
class ProfileDriver final : public device::Driver {
 public:
  ProfileDriver(const device::Profile& profile, microseconds period) : points_(profile.points) {
    plan_ = *device::plan_reads(profile, points_, period);
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

inline device::PointSpec point(std::uint16_t address) {
  device::PointSpec spec;
  spec.name = "r" + std::to_string(address);
  spec.address = address;
  return spec;
}

struct ScriptedBus final : ports::RegisterBus {
  using Answer = std::function<base::Result<ports::BusReply>(const ports::BusRequest&, microseconds& took)>;
  struct Seen {
    ports::BusRequest request;
    base::BootTime at;
  };
  ScriptedBus(base::Scheduler& s, Answer a) : home(s), answer(std::move(a)) {}
  void transact(const ports::BusRequest& request, Callback done) override {
    CHECK_FALSE(busy);
    busy = true;
    seen.push_back({request, home.now()});
    microseconds took = milliseconds{1};
    auto reply = answer(request, took);
    if (reply) reply->at = home.now() + took;
    home.post_at(home.now() + took, [this, reply = std::move(reply), done = std::move(done)]() mutable {
      busy = false;
      done(std::move(reply));
    });
  }
  [[nodiscard]] std::size_t to(int unit) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [unit](const Seen& s) { return s.request.unit == unit; }));
  }
  [[nodiscard]] ports::BusCounters counters() const override { return told; }
  void when_lost(Lost listener) override { lost = std::move(listener); }
  base::Scheduler& home;
  Answer answer;
  bool busy = false;
  ports::BusCounters told;
  Lost lost;
  std::vector<Seen> seen;
};

// Zeroes, as many as asked for.
inline base::Result<ports::BusReply> healthy(const ports::BusRequest& request, microseconds& /*took*/) {
  ports::BusReply reply;
  if (const auto* block = std::get_if<device::RegisterBlock>(&request.what)) reply.words.resize(block->count);
  return reply;
}

struct CollectingSink final : pipeline::PollSink {
  void polled(pipeline::PollResult result, base::Task taken) override {
    results.push_back(std::move(result));
    taken();
  }
  [[nodiscard]] std::size_t count(std::uint32_t point, model::Quality quality) const {
    std::size_t n = 0;
    for (const auto& result : results) {
      for (const auto& r : result.readings) n += model::index(r.point) == point && r.quality == quality ? 1U : 0U;
    }
    return n;
  }
  // The newest word of the bus on itself: up to a second old.
  [[nodiscard]] pipeline::BusStatistics statistics() const {
    for (auto result = results.rbegin(); result != results.rend(); ++result) {
      if (result->bus) return *result->bus;
    }
    return {};
  }
  std::vector<pipeline::PollResult> results;
};

struct PollerWorld {
  explicit PollerWorld(ScriptedBus::Answer answer = healthy) : bus(*home, std::move(answer)) {
    base::log::set_level(base::log::Level::off);
  }
  // A device with the unit n + 1 for the n-th; its points' handles begin at 1000 * n.
  pipeline::PolledDevice& add(std::unique_ptr<device::Driver> driver, microseconds timeout = milliseconds{100}) {
    const auto n = devices.size();
    devices.push_back({model::DeviceId{"d-" + std::to_string(n)},
                       static_cast<std::uint8_t>(n + 1),
                       std::move(driver),
                       model::PointHandle{static_cast<std::uint32_t>(1000 * n)},
                       timeout,
                       {}});
    return devices.back();
  }
  pipeline::PolledDevice& add(const device::Profile& profile, microseconds period = seconds{1}) {
    auto& device = add(std::make_unique<ProfileDriver>(profile, period));
    device.limits = {profile.max_hole, profile.max_read_registers, period};
    device.setup = pipeline::setup_for(profile, {});
    device.identity = profile.identity;
    device.quiet = profile.quiet;
    return device;
  }
  void start() {
    std::vector<std::size_t> indices;
    for (std::size_t n = 0; n < devices.size(); ++n) indices.push_back(n);
    poller = std::make_unique<pipeline::Poller>(std::move(devices), std::move(indices), base::BootId{}, bus, *home,
                                                *core, sink);
    home->post([this] { poller->start(); });
  }
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> home = time.make_scheduler();
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  ScriptedBus bus;
  CollectingSink sink;
  std::vector<pipeline::PolledDevice> devices;
  std::unique_ptr<pipeline::Poller> poller;
};

}  // namespace wayside::test
