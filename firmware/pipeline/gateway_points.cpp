#include "pipeline/gateway_points.hpp"

namespace wayside::pipeline {
namespace {

struct Definition {
  std::string_view name;
  const char* unit;
  const char* meaning;
};

constexpr Definition kPoints[] = {
    {kLinkUp, "", "The connection to the platform is up"},
    {kLinkIdTaken, "", "Another client has connected to the broker with the gateway's client id"},
    {kLinkShortLived, "", "Connections in a row that the broker ended within seconds"},
    {kLinkPacketsSmall, "", "The broker takes no packets of 20 KiB"},
    {kCertificateDays, "d", "Until the first of the link's certificates ends"},
};

}  // namespace

void add_gateway_points(model::PointTable& points, const model::GatewayId& gateway,
                        const model::Responsibility& place) {
  for (const auto& point : kPoints) {
    model::PointInfo info;
    info.device = model::DeviceId{gateway.value};
    info.name = info.metric = std::string(point.name);
    info.labels = {{"device", gateway.value}, {"family", "gateway"}};
    info.unit = point.unit;
    info.meaning = point.meaning;
    info.source = "gateway";
    info.place = place;
    points.add(std::move(info));
  }
}

bool is_gateway_truth(std::string_view name) {
  return name == kLinkUp || name == kLinkIdTaken || name == kLinkPacketsSmall;
}

LinkWatch::LinkWatch(ports::LinkListener& next, Judge& judge, const model::PointTable& points, model::GatewayId gateway,
                     base::Scheduler& core)
    : next_(next), judge_(judge), points_(points), gateway_(std::move(gateway)), core_(core) {}

void LinkWatch::start() {
  tell(kLinkUp, false);
  tell(kLinkIdTaken, false);
}

void LinkWatch::link_up(const ports::MqttConnected& broker) {
  next_.link_up(broker);
  tell(kLinkUp, true);
  const auto most = broker.maximum_packet_size;
  tell(kLinkPacketsSmall, most != 0 && most < kLeastPacket);
}

void LinkWatch::link_down() {
  next_.link_down();
  tell(kLinkUp, false);
}

void LinkWatch::tell(std::string_view name, const model::Value& value) {
  const auto point = points_.find(model::DeviceId{gateway_.value}, name);
  if (!point || stopped_) return;
  const auto [at, first] = told_.try_emplace(name, value);
  if (!first && at->second == value) return;
  at->second = value;
  const auto now = core_.now();
  const bool known = !std::holds_alternative<std::monostate>(value);
  const auto quality = known ? model::Quality::good : model::Quality::bad_out_of_service;
  judge_.computed({{*point, value, quality, now}}, now);
}

}  // namespace wayside::pipeline
