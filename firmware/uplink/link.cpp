#include "uplink/link.hpp"

#include <utility>

#include "base/log.hpp"

namespace wayside::uplink {
namespace {
constexpr auto kStopPatience = std::chrono::seconds{2};
constexpr std::size_t kAroundMessage = 256;         // header and properties of a message
constexpr auto kSteady = std::chrono::seconds{10};  // a connection that lasted this long was a good one
}  // namespace

Link::Link(LinkOptions options, ports::MqttSessionFactory& sessions, base::Scheduler& core, base::Random& random)
    : options_(std::move(options)), sessions_(sessions), core_(core), backoff_(options_.backoff, random) {
  WAYSIDE_ASSERT(!options_.brokers.empty());
  options_.connect.version = options_.version.value_or(ports::MqttVersion::v5);
}

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

void Link::renew(const std::string& why, Next next) {
  if (!is_up()) return;
  leaves_ = next == Next::next_broker;
  base::log::info("uplink.renewed", {{"why", why}});
  session_->close();
}

void Link::publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) {
  WAYSIDE_ASSERT(is_up());
  send(std::move(message), std::move(done));
}

// Who sends keeps to a window of his own; together they must not be more than the broker takes (MQTT 5, 3.3.4-9).
void Link::send(ports::MqttMessage message, ports::MqttSession::PublishCallback done) {
  if (in_flight_ < broker_.receive_maximum && waiting_.empty()) return hand_over(std::move(message), std::move(done));
  waiting_.push_back({std::move(message), std::move(done)});
}

void Link::hand_over(ports::MqttMessage message, ports::MqttSession::PublishCallback done) {
  ++in_flight_;
  if (options_.sent) options_.sent(message.topic.size() + message.payload.size());
  session_->publish(std::move(message), [this, done = std::move(done)](base::Result<void> outcome) mutable {
    const bool closed = !outcome && outcome.error().code == base::Errc::closed;
    if (!closed) on_answered();
    if (done) done(std::move(outcome));
  });
}

void Link::on_answered() {
  --in_flight_;
  if (waiting_.empty() || in_flight_ >= broker_.receive_maximum) return;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  hand_over(std::move(next.message), std::move(next.done));
}

void Link::give_up_waiting(const base::Error& why) {
  for (auto& given_up : std::exchange(waiting_, {})) {
    if (given_up.done) given_up.done(why);
  }
}

LinkStatus Link::status() const {
  const auto& connect = options_.connect;
  return {is_up(),
          options_.brokers[connect.broker],
          connect.version,
          reason_,
          end_,
          since_,
          connects_,
          taken_over_,
          is_up() && core_.now() - since_ >= kSteady ? 0 : short_lived_,
          subscription_problem_};
}

void Link::connect() {
  enter(State::connecting, "connecting");
  arm(options_.connect_timeout, &Link::on_timeout);
  if (!options_.prepare) return begin_session();
  // By then it may have been given up, and begun anew.
  options_.prepare([this, since = since_, alive = std::weak_ptr(alive_)](ports::MqttMessage will) {
    if (alive.expired() || state_ != State::connecting || since_ != since || session_) return;
    options_.connect.will = std::move(will);
    begin_session();
  });
}

void Link::begin_session() {
  session_ = sessions_.make_session();
  ports::MqttCallbacks callbacks;
  callbacks.connected = [this](const ports::MqttConnected& broker) { on_connected(broker); };
  callbacks.closed = [this](const ports::MqttClosed& closed) { on_closed(closed); };
  if (options_.received) {
    callbacks.message = [this](ports::MqttMessage message) { options_.received(std::move(message)); };
  }
  session_->connect(options_.connect, std::move(callbacks));
}

void Link::on_connected(const ports::MqttConnected& broker) {
  if (state_ != State::connecting) return;
  broker_ = broker;
  enter(State::announcing, "announcing");
  arm(options_.announce_timeout, &Link::on_timeout);
  in_flight_ = 0;
  subscription_problem_.clear();
  auto messages = options_.announcements();
  std::erase_if(messages, [this](const auto& message) { return !fits(message); });
  announcements_open_ = messages.size() + 1;
  for (const auto& topic : options_.subscriptions) subscribe(topic);
  for (auto& message : messages) {
    send(std::move(message), [this](const base::Result<void>& outcome) { on_announced(outcome); });
  }
  on_announced({});
}

// A packet that is too large would end the connection, each time anew.
bool Link::fits(const ports::MqttMessage& message) const {
  const auto most = broker_.maximum_packet_size;
  if (most == 0 || message.topic.size() + message.payload.size() + kAroundMessage <= most) return true;
  base::log::warn("uplink.announcement_too_large",
                  {{"topic", message.topic}, {"bytes", message.payload.size()}, {"broker_takes", most}});
  return false;
}

void Link::tell_afterwards() {
  if (!options_.afterwards || !is_up()) return;
  for (auto& message : options_.afterwards()) {
    if (!fits(message)) continue;
    send(std::move(message), [](const base::Result<void>& outcome) {
      if (outcome || outcome.error().code == base::Errc::closed) return;
      base::log::warn("uplink.announcement_refused", {{"what", outcome.error().what}});
    });
  }
}

// A broker that does not grant it, or does not answer, still takes what the gateway has to say: no one waits for it.
void Link::subscribe(const std::string& topic_filter) {
  session_->subscribe(topic_filter, [this, topic_filter](const base::Result<void>& outcome) {
    if (outcome || outcome.error().code == base::Errc::closed) return;
    subscription_problem_ = "the broker does not grant " + topic_filter + ": " + outcome.error().what;
    base::log::error("uplink.not_subscribed", {{"topic", topic_filter}, {"what", outcome.error().what}});
  });
}

void Link::on_announced(const base::Result<void>& outcome) {
  if (state_ != State::announcing) return;
  if (!outcome && outcome.error().code == base::Errc::closed) return;  // `closed` follows
  // A broker that refuses a retained message (an ACL, a size) still takes the rest.
  if (!outcome) base::log::warn("uplink.announcement_refused", {{"what", outcome.error().what}});
  if (--announcements_open_ > 0) return;
  disarm();
  ++connects_;
  end_.reset();
  enter(State::up, "");
  listener_->link_up(broker_);
  tell_afterwards();
}

void Link::on_timeout() {
  timer_ = base::TimerId::none;
  on_closed(base::Error{base::Errc::timeout, base::Consequence::retry_later,
                        state_ == State::connecting ? "no CONNACK in time" : "no PUBACK for the birth in time"});
}

void Link::on_closed(const ports::MqttClosed& closed) {
  if (state_ == State::stopping) return finish_stop();
  if (state_ == State::stopped || state_ == State::waiting) return;
  disarm();
  const bool was_up = is_up();
  const auto delay = next_try(closed, was_up);
  end_ = closed.end;
  enter(State::waiting, closed.error.what);
  retire_session();
  give_up_waiting({base::Errc::closed, base::Consequence::retry_later, closed.error.what});
  arm(delay, &Link::connect);
  if (was_up) listener_->link_down();
}

// Chooses broker and version of the next connection, and says how long to wait for it.
std::chrono::milliseconds Link::next_try(const ports::MqttClosed& closed, bool was_up) {
  auto& connect = options_.connect;
  const bool steady = was_up && core_.now() - since_ >= kSteady;
  const bool other_version = !was_up && !options_.version && connect.version == ports::MqttVersion::v5 &&
                             (closed.end == ports::MqttEnd::wrong_version || closed.end == ports::MqttEnd::no_answer);
  if (other_version) {
    connect.version = ports::MqttVersion::v3;
    return options_.backoff.least;
  }
  connect.version = options_.version.value_or(ports::MqttVersion::v5);
  if (std::exchange(leaves_, false)) {
    connect.broker = (connect.broker + 1) % options_.brokers.size();
    return options_.backoff.least;
  }
  if (was_up) short_lived_ = steady ? 0 : short_lived_ + 1;
  if (steady) {
    backoff_.reset();
    tries_ = 0;
  }
  if (closed.end == ports::MqttEnd::taken_over) {
    ++taken_over_;
    return backoff_.longest();
  }
  if (steady) return backoff_.next();
  connect.broker = (connect.broker + 1) % options_.brokers.size();
  if (++tries_ < options_.brokers.size()) return backoff_.within_round();
  tries_ = 0;
  return backoff_.next();
}

void Link::enter(State state, std::string reason) {
  const bool was_up = state_ == State::up;
  state_ = state;
  since_ = core_.now();
  reason_ = std::move(reason);
  if (state_ == State::up)
    base::log::info("uplink.up", {{"broker", options_.brokers[options_.connect.broker]}, {"connects", connects_}});
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
    give_up_waiting({base::Errc::closed, base::Consequence::retry_later, "stopped"});
  }
  if (stopped_) core_.post(std::move(stopped_));
}

}  // namespace wayside::uplink
