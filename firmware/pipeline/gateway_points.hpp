// What the gateway says of itself as points, so that rules and telemetry see it (a gateway with an uplink):
//
//   link_up            whether the connection to the platform is up
//   link_id_taken      another client has connected with the gateway's client id, within the last ten minutes
//   link_short_lived   connections in a row that the broker ended within seconds
//   link_packets_small the broker takes no packets of 20 KiB, so that some chunks cannot be sent
//   certificate_days   until the first of the link's certificates ends; bad while the date is not known (with TLS)
//
// Metric: the name; label `family`: "gateway". They have no period: they do not grow old. Home: core.
#pragma once

#include <map>
#include <optional>

#include "base/scheduler.hpp"
#include "model/point_table.hpp"
#include "pipeline/judge.hpp"
#include "ports/link.hpp"

namespace wayside::pipeline {

inline constexpr std::string_view kLinkUp = "link_up";
inline constexpr std::string_view kLinkIdTaken = "link_id_taken";
inline constexpr std::string_view kLinkShortLived = "link_short_lived";
inline constexpr std::string_view kLinkPacketsSmall = "link_packets_small";
inline constexpr std::string_view kCertificateDays = "certificate_days";

// A broker that takes less a packet is an alarm (contracts: lanes and the link).
inline constexpr std::uint32_t kLeastPacket = 20 * 1024;

// Adds them, behind all others.
void add_gateway_points(model::PointTable& points, const model::GatewayId& gateway, const model::Responsibility& place);

// Whether one of them is a truth and no number.
[[nodiscard]] bool is_gateway_truth(std::string_view name);

// Tells the rules of the link, and hands what it hears on to who sends.
class LinkWatch final : public ports::LinkListener {
 public:
  // `next` and `judge` must outlive this. Without the points (no uplink) it only hands on.
  LinkWatch(ports::LinkListener& next, Judge& judge, const model::PointTable& points, model::GatewayId gateway,
            base::Scheduler& core);

  // It is down as long as no one has said otherwise.
  void start();
  // From now on it only hands on: that a gateway which ends lets go of its link is no news.
  void stop() { stopped_ = true; }
  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;
  // The same again is no news.
  void id_taken(bool taken) { tell(kLinkIdTaken, taken); }
  void short_lived(std::uint32_t connections) { tell(kLinkShortLived, std::int64_t{connections}); }
  // None: not known.
  void certificate_days(std::optional<double> days) {
    tell(kCertificateDays, days ? model::Value(*days) : model::Value());
  }

 private:
  void tell(std::string_view name, const model::Value& value);

  ports::LinkListener& next_;
  Judge& judge_;
  const model::PointTable& points_;
  model::GatewayId gateway_;
  base::Scheduler& core_;
  std::map<std::string_view, model::Value> told_;
  bool stopped_ = false;
};

}  // namespace wayside::pipeline
