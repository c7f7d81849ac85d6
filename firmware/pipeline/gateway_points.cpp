#include "pipeline/gateway_points.hpp"

namespace wayside::pipeline {

void add_gateway_points(model::PointTable& points, const model::GatewayId& gateway,
                        const model::Responsibility& place) {
  model::PointInfo info;
  info.device = model::DeviceId{gateway.value};
  info.name = info.metric = std::string(kLinkUp);
  info.labels = {{"device", gateway.value}, {"family", "gateway"}};
  info.meaning = "The connection to the platform is up";
  info.source = "gateway";
  info.place = place;
  points.add(std::move(info));
}

LinkWatch::LinkWatch(ports::LinkListener& next, Judge& judge, const model::PointTable& points,
                     const model::GatewayId& gateway, base::Scheduler& core)
    : next_(next), judge_(judge), core_(core), point_(points.find(model::DeviceId{gateway.value}, kLinkUp)) {}

void LinkWatch::link_up(const ports::MqttConnected& broker) {
  next_.link_up(broker);
  tell(true);
}

void LinkWatch::link_down() {
  next_.link_down();
  tell(false);
}

void LinkWatch::tell(bool up) {
  if (!point_) return;
  judge_.computed({{*point_, up, model::Quality::good, core_.now()}}, core_.now());
}

}  // namespace wayside::pipeline
