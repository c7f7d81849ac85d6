#include "pipeline/answers.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {
constexpr auto kTooOld = std::chrono::minutes{1};
}

void Answers::send(ports::MqttMessage message, Done done) {
  home_.check();
  if (queue_.size() >= kMost) drop(in_flight_);
  queue_.push_back({next_id_++, core_.now(), std::move(message), std::move(done)});
  pump();
}

void Answers::link_up(const ports::MqttConnected& broker) {
  while (!queue_.empty() && core_.now() - queue_.front().since > kTooOld) drop(0);
  pump();
  next_.link_up(broker);
}

void Answers::link_down() {
  in_flight_ = 0;
  next_.link_down();
}

void Answers::pump() {
  while (link_ != nullptr && link_->is_up() && in_flight_ < std::min(kWindow, queue_.size())) {
    const auto& next = queue_[in_flight_++];
    // A copy stays until the broker has it: the connection may end.
    link_->publish(next.message,
                   [this, id = next.id](const base::Result<void>& outcome) { on_published(id, outcome); });
  }
}

void Answers::on_published(std::uint64_t id, const base::Result<void>& outcome) {
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
  const auto found = std::find_if(queue_.begin(), end, [id](const Waiting& answer) { return answer.id == id; });
  if (found == end) return;
  if (!outcome && outcome.error().code == base::Errc::closed) return;  // link_down follows
  if (outcome) {
    ++counters_.acknowledged;
  } else {
    ++counters_.refused;
    base::log::error("answer.refused", {{"topic", found->message.topic}, {"what", outcome.error().what}});
  }
  tell(found->done, outcome.has_value());
  queue_.erase(found);
  --in_flight_;
  pump();
}

void Answers::drop(std::size_t at) {
  ++counters_.dropped;
  tell(queue_[at].done, false);
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
}

void Answers::tell(Done& done, bool arrived) {
  if (done) core_.post([done = std::move(done), arrived]() mutable { done(arrived); });
}

}  // namespace wayside::pipeline
