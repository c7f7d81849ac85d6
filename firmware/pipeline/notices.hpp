// Alarms that the disk has not taken, at once to the platform (wayside.v1.Notice, contracts: the store). Best effort:
// what the link does not take waits here, the newest kMost; when the disk has taken the alarms themselves, notices that
// have not left are dropped. A connection that ends before it has acknowledged one is told again what the next one is:
// consumers merge. Stands in front of who sends what is stored, so that notices go first. Home: core.
#pragma once

#include <deque>

#include "base/home_thread.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/link.hpp"
#include "wire/topics.hpp"

namespace wayside::pipeline {

struct NoticeCounters {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;  // by the broker: given up
  std::uint64_t dropped = 0;  // too many waited
};

class Notices final : public NoticeSink, public ports::LinkListener {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kWindow = 4;  // unacknowledged

  struct Parts {
    model::GatewayId gateway;
    base::BootId boot{};
    wire::Topics topics;
    const TimeKeeper& time;
    ports::LinkListener& next;  // hears what this hears
  };
  explicit Notices(Parts parts) : parts_(std::move(parts)) {}

  // The link calls back into this, so it is given after construction. Both it and `next` must outlive every call.
  void set_link(ports::Link& link) { link_ = &link; }

  void not_durable(const model::Event& alarm) override;
  void durable_again() override;
  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;

  [[nodiscard]] const NoticeCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Waiting {
    std::uint64_t id = 0;
    model::Event alarm;
  };

  void pump();
  void publish(const Waiting& notice);
  void on_published(std::uint64_t id, const base::Result<void>& outcome);

  Parts parts_;
  ports::Link* link_ = nullptr;
  std::deque<Waiting> queue_;  // in the order of time
  std::size_t in_flight_ = 0;  // the first ones
  std::uint64_t next_id_ = 1;
  NoticeCounters counters_;
  base::HomeThread home_;
};

}  // namespace wayside::pipeline
