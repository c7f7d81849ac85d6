#include "daemon/lines.hpp"

#include <algorithm>
#include <utility>

#include "bus/line_timing.hpp"
#include "bus/serial_line.hpp"
#include "bus/tcp_line.hpp"

namespace wayside::daemon {
namespace {

// A connection that stays silent for this many requests in a row is made anew.
constexpr int kSilentUntilReopened = 3;

bus::Rs485 rs485_of(config::Rs485 mode) {
  switch (mode) {
    case config::Rs485::kernel: return bus::Rs485::kernel;
    case config::Rs485::automatic: return bus::Rs485::automatic;
    case config::Rs485::none: break;
  }
  return bus::Rs485::none;
}

std::unique_ptr<bus::FramedBus> make_serial(const config::SerialSettings& s, Worker& worker, const base::Clock& clock) {
  auto line = std::make_unique<bus::SerialLine>(
      bus::SerialSettings{s.port, s.baud, static_cast<char>(s.parity), s.stop_bits, rs485_of(s.rs485), s.echo},
      worker.io(), clock);
  bus::FramedBusOptions options;
  options.gap = bus::frame_gap(s.baud);
  options.echo = s.echo;
  return std::make_unique<bus::FramedBus>(options, std::move(line), worker.scheduler());
}

std::unique_ptr<bus::FramedBus> make_tcp(const config::TcpSettings& t, Worker& worker, const base::Clock& clock) {
  auto line = std::make_unique<bus::TcpLine>(bus::TcpEndpoint{t.host, t.port}, worker.io(), clock);
  bus::FramedBusOptions options;
  options.framing = t.framing == config::TcpFraming::rtu ? bus::Framing::rtu : bus::Framing::mbap;
  options.silent_until_reopened = kSilentUntilReopened;
  return std::make_unique<bus::FramedBus>(options, std::move(line), worker.scheduler());
}

}  // namespace

base::Scheduler& Lines::home(const Line& line) { return line.worker ? line.worker->scheduler() : field_.scheduler(); }

BusSeam Lines::use(const config::BusConfig& bus) {
  auto line = std::ranges::find_if(lines_, [&bus](const Line& l) { return !l.used && l.transport == bus.transport; });
  if (line == lines_.end()) line = lines_.insert(lines_.end(), make(bus));
  line->used = true;
  return {home(*line), *line->bus};
}

Lines::Line Lines::make(const config::BusConfig& bus) {
  Line line;
  line.transport = bus.transport;
  if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) {
    line.worker = std::make_unique<Worker>("bus:" + bus.id.value, clock_);
    line.bus = make_serial(*serial, *line.worker, clock_);
  } else {
    line.bus = make_tcp(std::get<config::TcpSettings>(bus.transport), field_, clock_);
  }
  return line;
}

void Lines::begin_anew() {
  for (auto& line : lines_) line.used = false;
}

void Lines::start() {
  for (auto& line : lines_) {
    if (line.worker && !line.worker->is_started()) line.worker->start();
  }
}

void Lines::stop() {
  for (auto& line : lines_) {
    if (line.worker) line.worker->stop();
  }
  for (const auto& unused : unused_) {
    for (auto& line : *unused) {
      if (line.worker) line.worker->stop();
    }
  }
}

void Lines::each_thread(const std::function<void(Worker&)>& see) {
  for (auto& line : lines_) {
    if (line.worker && line.used) see(*line.worker);
  }
}

Lines::Unused Lines::retire_unused() {
  auto out = std::make_shared<std::vector<Line>>();
  const auto unused = std::ranges::stable_partition(lines_, &Line::used);
  std::ranges::move(unused, std::back_inserter(*out));
  lines_.erase(unused.begin(), unused.end());
  for (auto& line : *out) {
    home(line).post([bus = line.bus.get()] { bus->retire(); });
  }
  unused_.push_back(out);
  return out;
}

void Lines::bury(const Unused& unused) {
  for (auto& line : *unused) {
    if (line.worker) {
      line.worker->stop();
    } else {
      field_.scheduler().post([bus = std::move(line.bus)]() mutable { bus.reset(); });
    }
  }
  std::erase(unused_, unused);
}

}  // namespace wayside::daemon
