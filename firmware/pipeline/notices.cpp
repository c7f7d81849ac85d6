#include "pipeline/notices.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "wire/envelope.hpp"

namespace wayside::pipeline {

void Notices::not_durable(const model::Event& alarm) {
  home_.check();
  if (queue_.size() >= kMost) {
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
    ++counters_.dropped;
  }
  queue_.push_back({next_id_++, alarm});
  pump();
}

void Notices::durable_again() { queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_), queue_.end()); }

void Notices::link_up(const ports::MqttConnected& broker) {
  pump();
  parts_.next.link_up(broker);
}

void Notices::link_down() {
  in_flight_ = 0;
  parts_.next.link_down();
}

void Notices::pump() {
  while (link_ != nullptr && link_->is_up() && in_flight_ < std::min(kWindow, queue_.size())) {
    publish(queue_[in_flight_++]);
  }
}

void Notices::publish(const Waiting& notice) {
  const auto& alarm = std::get<model::AlarmTransition>(notice.alarm.body);
  const auto at = notice.alarm.at;
  auto payload = wire::encode_notice({parts_.gateway, parts_.boot, parts_.time.base_for(parts_.boot, at), at}, alarm);
  ports::MqttMessage message{parts_.topics.notice(notice.alarm.data_class), std::move(payload), false,
                             "application/x-protobuf"};
  link_->publish(std::move(message),
                 [this, id = notice.id](const base::Result<void>& outcome) { on_published(id, outcome); });
}

void Notices::on_published(std::uint64_t id, const base::Result<void>& outcome) {
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
  const auto found = std::find_if(queue_.begin(), end, [id](const Waiting& notice) { return notice.id == id; });
  if (found == end) return;
  if (!outcome && outcome.error().code == base::Errc::closed) return;  // link_down follows
  if (outcome) {
    ++counters_.acknowledged;
  } else {
    ++counters_.refused;
    base::log::error("notice.refused", {{"what", outcome.error().what}});
  }
  queue_.erase(found);
  --in_flight_;
  pump();
}

}  // namespace wayside::pipeline
