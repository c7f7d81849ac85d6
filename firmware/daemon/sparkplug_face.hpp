// The gateway as an edge node of Sparkplug B (docs/sparkplug.md), beside its own face: live values of its points over a
// connection of its own, births and deaths by whether devices answer, commands into the Commander. What is said here
// carries no guarantee (QoS 0): the gateway's own face does.
// Home: core.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "model/event.hpp"
#include "pipeline/byte_budget.hpp"
#include "pipeline/commander.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/outbox.hpp"
#include "sparkplug/edge_node.hpp"
#include "uplink/link.hpp"

namespace wayside::daemon {

struct SparkplugCounters {
  std::uint64_t births = 0;    // of the node
  std::uint64_t messages = 0;  // handed to the broker
  std::uint64_t commands = 0;  // taken
  std::uint64_t refused = 0;   // commands that the configuration does not allow
};

class SparkplugFace final : public ports::LinkListener {
 public:
  static constexpr const char* kSpace = "sparkplug";  // of the state table; key "bd_seq": one byte, the last one used
  static constexpr const char* kKey = "bd_seq";

  struct Parts {
    const config::SparkplugConfig& config;
    const config::GatewayConfig& gateway;
    uplink::LinkOptions link;  // brokers, client id, keep alive; the rest is filled in here
    ports::MqttSessionFactory& sessions;
    const model::PointTable& points;
    const pipeline::TimeKeeper& time;
    const base::Clock& clock;
    pipeline::Commander& commander;
    pipeline::Judge& judge;
    ports::Outbox& outbox;
    base::Scheduler& core;
    base::Random& random;
    bool may_write = false;  // as the configuration allows the platform, without a signature
  };
  // `stored`: the entries of kSpace. Everything given must outlive this.
  SparkplugFace(Parts parts, const std::vector<ports::StateEntry>& stored);
  ~SparkplugFace() override;

  void start();
  // Says goodbye (NDEATH); `done` is posted when that is over.
  void stop(base::Task done);

  // Every event of the gateway, as it is recorded.
  void saw(const model::Event& event);

  void link_up(const ports::MqttConnected& broker) override;
  void link_down() override;

  [[nodiscard]] const uplink::Link& link() const { return *link_; }
  // False while a primary host is waited for.
  [[nodiscard]] bool is_born() const { return node_->is_born(); }
  [[nodiscard]] const SparkplugCounters& counters() const { return counters_; }

 private:
  // Where a point stands in the node.
  struct Place {
    std::string device;  // empty: the node itself
    std::size_t metric = 0;
  };

  void make_node();
  void prime();
  void prepare(uplink::LinkOptions::Prepared prepared);
  [[nodiscard]] std::vector<ports::MqttMessage> births();
  void received(const ports::MqttMessage& message);
  void carry_out(const sparkplug::DeviceCommand& command);
  void publish(std::vector<sparkplug::Outgoing> messages);
  [[nodiscard]] std::uint64_t now_ms() const;
  [[nodiscard]] std::uint64_t ms_of(base::BootTime at) const;
  [[nodiscard]] std::string device_of(const std::string& device) const;

  Parts parts_;
  std::unique_ptr<sparkplug::EdgeNode> node_;
  std::unique_ptr<uplink::Link> link_;
  std::map<model::PointHandle, Place> places_;
  std::set<std::string> unseen_;  // devices without a value: they are born with their first ones
  std::uint8_t next_bd_seq_ = 0;
  std::uint64_t commands_given_ = 0;
  std::vector<sparkplug::Outgoing> waiting_;  // what was said while the link was not quite up
  SparkplugCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace wayside::daemon
