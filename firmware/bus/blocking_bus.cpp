#include "bus/blocking_bus.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "bus/framed_bus.hpp"
#include "bus/line_timing.hpp"
#include "bus/serial_line.hpp"

namespace wayside::bus {
namespace {

// Of spans only: a tool's line needs no date.
class SpanClock final : public base::Clock {
 public:
  [[nodiscard]] base::BootTime boot_now() const override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return base::BootTime{std::chrono::duration_cast<std::chrono::microseconds>(now)};
  }
  [[nodiscard]] base::WallTime wall_now() const override { return {}; }
  [[nodiscard]] bool wall_trusted() const override { return false; }
  [[nodiscard]] std::chrono::microseconds wall_uncertainty() const override { return {}; }
  [[nodiscard]] base::BootId boot_id() const override { return {}; }
};

// One thread, a handful of timers.
class LoopScheduler final : public base::Scheduler {
 public:
  LoopScheduler(boost::asio::io_context& io, const base::Clock& clock) : io_(io), clock_(clock) {}

  void post(base::Task task) override {
    boost::asio::post(io_, [held = std::make_shared<base::Task>(std::move(task))] { (*held)(); });
  }

  base::TimerId post_at(base::BootTime when, base::Task task) override {
    const auto id = base::TimerId{++last_};
    auto& timer = timers_.try_emplace(id, io_).first->second;
    timer.expires_after(when - clock_.boot_now());
    timer.async_wait([this, id, held = std::make_shared<base::Task>(std::move(task))](const auto& error) {
      if (error || timers_.erase(id) == 0) return;
      (*held)();
    });
    return id;
  }

  void cancel(base::TimerId id) override { timers_.erase(id); }
  [[nodiscard]] base::BootTime now() const override { return clock_.boot_now(); }

 private:
  boost::asio::io_context& io_;
  const base::Clock& clock_;
  std::uint64_t last_ = 0;
  std::map<base::TimerId, boost::asio::steady_timer> timers_;
};

FramedBusOptions options_of(const SerialSettings& settings) {
  FramedBusOptions options;
  options.gap = frame_gap(settings.baud);
  options.echo = settings.echo;
  return options;
}

FramedBusOptions options_of(Framing framing) {
  FramedBusOptions options;
  options.framing = framing;
  // A tool asks many that are not there: silence says nothing about the connection.
  options.silent_until_reopened = std::numeric_limits<int>::max();
  return options;
}

}  // namespace

struct BlockingBus::Loop {
  SpanClock clock;
  boost::asio::io_context io;
  LoopScheduler scheduler{io, clock};
  std::unique_ptr<FramedBus> bus;
};

BlockingBus::BlockingBus(const SerialSettings& settings) : loop_(std::make_unique<Loop>()) {
  auto line = std::make_unique<SerialLine>(settings, loop_->io, loop_->clock);
  loop_->bus = std::make_unique<FramedBus>(options_of(settings), std::move(line), loop_->scheduler);
}

BlockingBus::BlockingBus(const TcpEndpoint& where, Framing framing) : loop_(std::make_unique<Loop>()) {
  auto line = std::make_unique<TcpLine>(where, loop_->io, loop_->clock);
  loop_->bus = std::make_unique<FramedBus>(options_of(framing), std::move(line), loop_->scheduler);
}

// The loop does not run any more: what is still in it is dropped with it.
BlockingBus::~BlockingBus() = default;

base::Result<ports::BusReply> BlockingBus::ask(const ports::BusRequest& request, int stop) {
  auto& io = loop_->io;
  std::optional<base::Result<ports::BusReply>> answer;
  bool stopped = false;
  boost::asio::posix::stream_descriptor watched(io);
  if (stop >= 0) {
    watched.assign(::dup(stop));
    watched.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [&stopped](const boost::system::error_code& error) { stopped = stopped || !error; });
  }
  loop_->bus->transact(request, [&answer](base::Result<ports::BusReply> reply) { answer = std::move(reply); });
  io.restart();
  while (!answer && !stopped) io.run_one();
  if (answer) {
    // The descriptor's handler must not outlive what it writes to.
    watched.close();
    io.poll();
    return *std::move(answer);
  }
  return base::Error{base::Errc::cancelled, base::Consequence::fatal, "interrupted while waiting for an answer"};
}

}  // namespace wayside::bus
