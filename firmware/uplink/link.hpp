// The life of the connection to the platform, above the MqttSession seam: connect, announce (birth and the other
// retained messages), up; when it ends, back-off with jitter and a new session object (contracts: sessions).
//
// Brokers are tried in turn, and it stays with the one that works: a lost connection is first made anew to the same
// broker. The back-off grows with each full round, and with each connection that ends within seconds of being up, so
// that a broker which throws us out is not stormed. After another client has taken our id it waits at its longest.
// MQTT 5 is spoken first; a broker that does not know it is asked again in 3.1.1 at once, until the connection has been
// up and is lost.
// Home: core. The listener and the factory must outlive this.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "ports/link.hpp"
#include "uplink/backoff.hpp"

namespace wayside::uplink {

struct LinkOptions {
  ports::MqttConnect connect;
  std::vector<std::string> brokers{"the broker"};  // their names, in the factory's order; at least one
  std::optional<ports::MqttVersion> version;       // none: 5, and 3.1.1 where it must be
  // Before each connect, where the will is another each time: gives it, now or later, once. May be empty.
  using Prepared = std::function<void(ports::MqttMessage will)>;
  base::UniqueFunction<void(Prepared)> prepare = {};
  // What is said at each connect before any chunk: birth, catalogues. Asked anew each time. A message that is larger
  // than the broker takes is left out and logged.
  base::UniqueFunction<std::vector<ports::MqttMessage>()> announcements;
  // What is said behind the first chunks and holds nothing up: descriptor, dictionary. May be empty.
  base::UniqueFunction<std::vector<ports::MqttMessage>()> afterwards;
  base::UniqueFunction<void(std::size_t bytes)> sent;            // of each message: topic and payload; may be empty
  std::vector<std::string> subscriptions = {};                   // at each connect, before anything is said
  base::UniqueFunction<void(ports::MqttMessage)> received = {};  // for them
  Backoff::Limits backoff;
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds announce_timeout{30};
};

struct LinkStatus {
  bool up = false;
  std::string broker;  // it is connected to, or tries
  ports::MqttVersion version = ports::MqttVersion::v5;
  std::string reason;                 // why it is not up, for a person
  std::optional<ports::MqttEnd> end;  // of the last connection, while it is not up
  base::BootTime since{};             // of the present state
  std::uint64_t connects = 0;
  std::uint64_t taken_over = 0;      // times that another client took our id
  std::uint32_t short_lived = 0;     // connections in a row that ended within seconds of being up
  std::string subscription_problem;  // of the present or last connection; empty: all are granted
};

class Link final : public ports::Link {
 public:
  Link(LinkOptions options, ports::MqttSessionFactory& sessions, base::Scheduler& core, base::Random& random);
  ~Link() override;

  // Begins, and keeps on until stop(). Requires: called once.
  void start(ports::LinkListener& listener);
  // Says goodbye (what the will says, so the retained state is right) and stays down.
  // `done` is posted when the session is closed or after two seconds.
  void stop(base::Task done);

  // Ends the connection in order and makes a new one, with what the factory uses by then. Nothing while there is none.
  enum class Next : std::uint8_t { same_broker, next_broker };
  void renew(const std::string& why, Next next = Next::same_broker);

  [[nodiscard]] bool is_up() const override { return state_ == State::up; }
  // Up, or about to be: the announcements are not acknowledged yet.
  [[nodiscard]] bool is_connected() const { return is_up() || state_ == State::announcing; }
  void publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) override;
  [[nodiscard]] LinkStatus status() const;
  [[nodiscard]] const std::vector<std::string>& brokers() const { return options_.brokers; }

 private:
  enum class State { idle, connecting, announcing, up, waiting, stopping, stopped };

  void connect();
  void begin_session();
  void on_connected(const ports::MqttConnected& broker);
  void subscribe(const std::string& topic_filter);
  void send(ports::MqttMessage message, ports::MqttSession::PublishCallback done);
  void hand_over(ports::MqttMessage message, ports::MqttSession::PublishCallback done);
  void on_answered();
  void give_up_waiting(const base::Error& why);
  void on_announced(const base::Result<void>& outcome);
  [[nodiscard]] bool fits(const ports::MqttMessage& message) const;
  void tell_afterwards();
  void on_closed(const ports::MqttClosed& closed);
  void on_timeout();
  [[nodiscard]] std::chrono::milliseconds next_try(const ports::MqttClosed& closed, bool was_up);
  void enter(State state, std::string reason);
  void arm(std::chrono::microseconds after, void (Link::*what)());
  void disarm();
  void retire_session();
  void finish_stop();

  LinkOptions options_;
  ports::MqttSessionFactory& sessions_;
  base::Scheduler& core_;
  Backoff backoff_;
  ports::LinkListener* listener_ = nullptr;

  State state_ = State::idle;
  std::string reason_ = "not started";
  base::BootTime since_{};
  std::optional<ports::MqttEnd> end_;
  std::uint64_t connects_ = 0;
  std::uint64_t taken_over_ = 0;
  std::uint32_t short_lived_ = 0;
  std::size_t tries_ = 0;  // of this round through the brokers
  bool leaves_ = false;    // for the next broker
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::unique_ptr<ports::MqttSession> session_;
  ports::MqttConnected broker_;
  std::string subscription_problem_;
  std::size_t announcements_open_ = 0;
  struct Waiting {
    ports::MqttMessage message;
    ports::MqttSession::PublishCallback done;
  };
  std::deque<Waiting> waiting_;  // for room in the broker's window
  std::uint32_t in_flight_ = 0;
  base::TimerId timer_ = base::TimerId::none;
  base::Task stopped_;
};

}  // namespace wayside::uplink
