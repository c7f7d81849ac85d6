// Answers to who asked, on their way to the broker. Best effort: what came of an order is an event of its own where it
// matters. Up to kMost wait, the oldest goes first; those that are older than a minute when the link comes back are
// dropped. An answer that the broker refuses is dropped. Hears of the link, and hands on what it hears. Home: core.
#pragma once

#include <cstdint>
#include <deque>

#include "base/home_thread.hpp"
#include "base/scheduler.hpp"
#include "ports/link.hpp"

namespace wayside::pipeline {

struct AnswerCounters {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;  // by the broker
  std::uint64_t dropped = 0;  // too many waited, or for too long
};

class Answers final : public ports::LinkListener {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kWindow = 4;  // unacknowledged

  // Both must outlive every call.
  Answers(ports::LinkListener& next, base::Scheduler& core) : next_(next), core_(core) {}

  // The link calls back into this, so it is given after construction.
  void set_link(ports::Link& link) { link_ = &link; }

  // `done`, where there is one, is posted when the broker has it (true) or it was dropped (false).
  using Done = base::UniqueFunction<void(bool arrived)>;
  void send(ports::MqttMessage message, Done done = {});

  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;

  [[nodiscard]] const AnswerCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Waiting {
    std::uint64_t id = 0;
    base::BootTime since{};
    ports::MqttMessage message;
    Done done;
  };

  void pump();
  void on_published(std::uint64_t id, const base::Result<void>& outcome);
  void drop(std::size_t at);
  void tell(Done& done, bool arrived);

  ports::LinkListener& next_;
  base::Scheduler& core_;
  ports::Link* link_ = nullptr;
  std::deque<Waiting> queue_;
  std::size_t in_flight_ = 0;  // the first ones
  std::uint64_t next_id_ = 1;
  AnswerCounters counters_;
  base::HomeThread home_;
};

}  // namespace wayside::pipeline
