// The life of the connection to the platform, above the MqttSession seam: connect, announce (birth and the other
// retained messages), up; when it ends, back-off with jitter and a new session object (contracts: sessions).
// Home: core. The listener and the factory must outlive this.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "ports/link.hpp"
#include "uplink/backoff.hpp"

namespace wayside::uplink {

struct LinkOptions {
  ports::MqttConnect connect;
  // What is said at each connect before any chunk: birth, catalogues, descriptor. Asked anew each time.
  base::UniqueFunction<std::vector<ports::MqttMessage>()> announcements;
  Backoff::Limits backoff;
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds announce_timeout{30};
};

struct LinkStatus {
  bool up = false;
  std::string reason;      // why not, for a person
  base::BootTime since{};  // of the present state
  std::uint64_t connects = 0;
};

class Link final : public ports::Link {
 public:
  Link(LinkOptions options, ports::MqttSessionFactory& sessions, base::Scheduler& core, base::Random& random);
  ~Link() override;

  // Begins, and keeps on until stop(). Requires: called once.
  void start(ports::LinkListener& listener);
  // Says goodbye (the broker then publishes the will, so the retained state is right) and stays down.
  // `done` is posted when the session is closed or after two seconds.
  void stop(base::Task done);

  [[nodiscard]] bool is_up() const override { return state_ == State::up; }
  void publish(ports::MqttMessage message, ports::MqttSession::PublishCallback done) override;
  [[nodiscard]] LinkStatus status() const;

 private:
  enum class State { idle, connecting, announcing, up, waiting, stopping, stopped };

  void connect();
  void on_connected(const ports::MqttConnected& broker);
  void on_announced(const base::Result<void>& outcome);
  void on_closed(const base::Error& error);
  void on_timeout();
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
  std::uint64_t connects_ = 0;
  std::unique_ptr<ports::MqttSession> session_;
  ports::MqttConnected broker_;
  std::size_t announcements_open_ = 0;
  base::TimerId timer_ = base::TimerId::none;
  base::Task stopped_;
};

}  // namespace wayside::uplink
