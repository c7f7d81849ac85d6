#include "uplink/link.hpp"

#include <utility>

#include "base/log.hpp"

namespace wayside::uplink {
namespace {
constexpr auto kStopPatience = std::chrono::seconds{2};
}

Link::Link(LinkOptions options, ports::MqttSessionFactory& sessions, base::Scheduler& core, base::Random& random)
    : options_(std::move(options)), sessions_(sessions), core_(core), backoff_(options_.backoff, random) {}

Link::~Link() { disarm(); }

void Link::start(ports::LinkListener& listener) {
  WAYSIDE_ASSERT(state_ == State::idle);
  listener_ = &listener;
  connect();
}

void Link::stop(base::Task done) {
  stopped_ = std::move(done);
  const bool connected = state_ == State::announcing || state_ == State::up;
  disarm();
  if (!connected) return finish_stop();
  enter(State::stopping, "stopping");
  arm(kStopPatience, &Link::finish_stop);
  session_->close();
}

void Link::publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) {
  WAYSIDE_ASSERT(is_up());
  session_->publish(std::move(message), std::move(done));
}

LinkStatus Link::status() const { return {is_up(), reason_, since_, connects_}; }

void Link::connect() {
  enter(State::connecting, "connecting");
  session_ = sessions_.make_session();
  ports::MqttCallbacks callbacks;
  callbacks.connected = [this](const ports::MqttConnected& broker) { on_connected(broker); };
  callbacks.closed = [this](const base::Error& error) { on_closed(error); };
  arm(options_.connect_timeout, &Link::on_timeout);
  session_->connect(options_.connect, std::move(callbacks));
}

void Link::on_connected(const ports::MqttConnected& broker) {
  if (state_ != State::connecting) return;
  broker_ = broker;
  enter(State::announcing, "announcing");
  arm(options_.announce_timeout, &Link::on_timeout);
  auto messages = options_.announcements();
  announcements_open_ = messages.size() + 1;
  for (auto& message : messages) {
    session_->publish(std::move(message), [this](const base::Result<void>& outcome) { on_announced(outcome); });
  }
  on_announced({});
}

void Link::on_announced(const base::Result<void>& outcome) {
  if (state_ != State::announcing) return;
  if (!outcome && outcome.error().code == base::Errc::closed) return;  // `closed` follows
  // A broker that refuses a retained message (an ACL, a size) still takes the rest.
  if (!outcome) base::log::warn("uplink.announcement_refused", {{"what", outcome.error().what}});
  if (--announcements_open_ > 0) return;
  disarm();
  ++connects_;
  backoff_.reset();
  enter(State::up, "");
  listener_->link_up(broker_);
}

void Link::on_timeout() {
  timer_ = base::TimerId::none;
  on_closed({base::Errc::timeout, base::Consequence::retry_later,
             state_ == State::connecting ? "no CONNACK in time" : "no PUBACK for the birth in time"});
}

void Link::on_closed(const base::Error& error) {
  if (state_ == State::stopping) return finish_stop();
  if (state_ == State::stopped || state_ == State::waiting) return;
  disarm();
  const bool was_up = is_up();
  const auto delay = backoff_.next();
  enter(State::waiting, error.what);
  retire_session();
  arm(delay, &Link::connect);
  if (was_up) listener_->link_down();
}

void Link::enter(State state, std::string reason) {
  const bool was_up = state_ == State::up;
  state_ = state;
  since_ = core_.now();
  reason_ = std::move(reason);
  if (state_ == State::up) base::log::info("uplink.up", {{"connects", connects_}});
  if (was_up) base::log::warn("uplink.down", {{"reason", reason_}});
  if (!was_up && state_ == State::waiting) base::log::warn("uplink.unreachable", {{"reason", reason_}});
}

void Link::arm(std::chrono::microseconds after, void (Link::*what)()) {
  disarm();
  timer_ = core_.post_at(core_.now() + after, [this, what] {
    timer_ = base::TimerId::none;
    (this->*what)();
  });
}

void Link::disarm() {
  if (timer_ != base::TimerId::none) core_.cancel(std::exchange(timer_, base::TimerId::none));
}

void Link::retire_session() {
  // We may stand inside one of its callbacks: it goes at the next turn.
  if (session_) core_.post([gone = std::move(session_)]() mutable { gone.reset(); });
}

void Link::finish_stop() {
  if (state_ != State::stopped) {
    disarm();
    enter(State::stopped, "stopped");
    retire_session();
  }
  if (stopped_) core_.post(std::move(stopped_));
}

}  // namespace wayside::uplink
