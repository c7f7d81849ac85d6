#include "simulation/sim_line.hpp"

#include <algorithm>
#include <utility>

namespace wayside::simulation {
namespace {

base::Error closed(const char* what) { return {base::Errc::closed, base::Consequence::device_lost, what}; }

}  // namespace

SimLine::SimLine(sim::Slave& slave, std::string name, base::Scheduler& home, base::Random& random,
                 LineTroubles troubles)
    : slave_(slave), name_(std::move(name)), home_(home), random_(random), troubles_(troubles) {}

void SimLine::open(base::BootTime /*deadline*/, Opened done) {
  home_.post_at(home_.now() + std::chrono::milliseconds{1 + random_.below(20)},
                [this, done = std::move(done)]() mutable {
                  open_ = true;
                  ++connection_;
                  receiver_ = {};
                  received_.clear();
                  done({});
                });
}

void SimLine::write(base::ByteView bytes, base::BootTime /*deadline*/, Written done) {
  if (open_ && slave_.speaks_frames()) {
    for (auto& reply : slave_.hear(bytes)) {
      if (!breaks()) say(std::move(reply.pdu), reply.delay);
    }
  } else if (open_) {
    receiver_.feed(bytes);
    while (const auto request = receiver_.next()) answer(*request);
  }
  home_.post([this, done = std::move(done)]() mutable {
    if (!open_) return done(closed("the connection is gone"));
    done(home_.now());
  });
}

// The connection ends instead of an answer.
bool SimLine::breaks() {
  if (!random_.chance(troubles_.broken)) return false;
  home_.post_at(home_.now() + std::chrono::milliseconds{1 + random_.below(50)}, [this, connection = connection_] {
    if (connection == connection_) break_off();
  });
  return true;
}

void SimLine::answer(const sim::TcpRequest& request) {
  if (breaks()) return;
  const auto reply = slave_.handle(request.unit, request.pdu);
  if (!reply) return;
  const auto unit = static_cast<std::uint8_t>(request.unit + (reply->wrong_unit ? 1 : 0));
  say(sim::tcp_frame(request.transaction, unit, reply->pdu), reply->delay);
}

void SimLine::say(base::Bytes frame, std::chrono::milliseconds delay) {
  auto took = std::chrono::microseconds{2'000 + random_.below(30'000)} + delay;
  if (random_.chance(troubles_.late)) took += std::chrono::milliseconds{500 + random_.below(3'000)};
  const auto when = std::max(home_.now() + took, busy_until_);
  busy_until_ = when;
  const std::size_t cut = random_.chance(0.2) ? 1 + random_.below(frame.size()) : frame.size();
  base::Bytes rest(frame.begin() + static_cast<std::ptrdiff_t>(cut), frame.end());
  frame.resize(cut);
  arrive_at(when, std::move(frame));
  if (rest.empty()) return;
  busy_until_ = when + std::chrono::microseconds{1 + random_.below(5'000)};
  arrive_at(busy_until_, std::move(rest));
}

void SimLine::arrive_at(base::BootTime when, base::Bytes bytes) {
  home_.post_at(when, [this, connection = connection_, bytes = std::move(bytes)]() mutable {
    arrived(connection, std::move(bytes));
  });
}

void SimLine::arrived(std::uint64_t connection, base::Bytes bytes) {
  if (!open_ || connection != connection_) return;
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  deliver();
}

void SimLine::read(base::BootTime deadline, Received done) {
  reader_ = std::move(done);
  if (!open_ || !received_.empty()) {
    home_.post([this] { deliver(); });
    return;
  }
  if (deadline == ports::kNoDeadline) return;
  read_timer_ = home_.post_at(deadline, [this] {
    read_timer_ = base::TimerId::none;
    finish_read(base::Error{base::Errc::timeout, base::Consequence::device_lost, "nothing came"});
  });
}

void SimLine::deliver() {
  if (!reader_) return;
  if (!open_) return finish_read(closed("the connection is gone"));
  if (received_.empty()) return;
  handed_ = std::exchange(received_, {});
  finish_read(ports::LineBytes{handed_, home_.now()});
}

void SimLine::finish_read(base::Result<ports::LineBytes> result) {
  if (read_timer_ != base::TimerId::none) home_.cancel(std::exchange(read_timer_, base::TimerId::none));
  if (!reader_) return;
  auto reader = std::exchange(reader_, nullptr);
  reader(std::move(result));
}

std::size_t SimLine::discard() { return std::exchange(received_, {}).size(); }

void SimLine::break_off() {
  open_ = false;
  ++connection_;
  received_.clear();
  deliver();
}

void SimLine::close() {
  if (!open_ && !reader_) return;
  open_ = false;
  ++connection_;
  received_.clear();
  busy_until_ = {};
  if (reader_) home_.post([this] { deliver(); });
}

}  // namespace wayside::simulation
