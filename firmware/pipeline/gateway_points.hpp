// What the gateway says of itself as points, so that rules and telemetry see it:
//
//   link_up   whether the connection to the platform is up (a gateway with an uplink)
//
// Metric: the name; label `family`: "gateway". It has no period: it does not grow old. Home: core.
#pragma once

#include "base/scheduler.hpp"
#include "model/point_table.hpp"
#include "pipeline/judge.hpp"
#include "ports/link.hpp"

namespace wayside::pipeline {

inline constexpr std::string_view kLinkUp = "link_up";

// Adds it, behind all others.
void add_gateway_points(model::PointTable& points, const model::GatewayId& gateway, const model::Responsibility& place);

// Tells the rules of the link, and hands what it hears on to who sends.
class LinkWatch final : public ports::LinkListener {
 public:
  // `next` and `judge` must outlive this. Without the point (no uplink) it only hands on.
  LinkWatch(ports::LinkListener& next, Judge& judge, const model::PointTable& points, const model::GatewayId& gateway,
            base::Scheduler& core);

  // It is down as long as no one has said otherwise.
  void start() { tell(false); }
  // From now on it only hands on: that a gateway which ends lets go of its link is no news.
  void stop() { point_.reset(); }
  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;

 private:
  void tell(bool up);

  ports::LinkListener& next_;
  Judge& judge_;
  base::Scheduler& core_;
  std::optional<model::PointHandle> point_;
};

}  // namespace wayside::pipeline
