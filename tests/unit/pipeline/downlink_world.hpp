// Orders of a platform against the relay cabinet of command_world.hpp, in virtual time.
#pragma once

#include <string>
#include <vector>

#include "pipeline/answers.hpp"
#include "pipeline/downlink.hpp"
#include "support/fake_history.hpp"
#include "support/fake_link.hpp"
#include "unit/pipeline/command_world.hpp"
#include "wayside/v1/downlink.pb.h"
#include "wire/audit.hpp"

namespace wayside::tests {

class DownlinkWorld : public CommandWorld {
 public:
  static constexpr const char* kReply = "wayside/answer/desk-1";

  explicit DownlinkWorld(pipeline::DownlinkRules may = everything(), Setup setup = {})
      : CommandWorld(audited(std::move(setup))),
        topics(model::Area{"a", "b", "c", "d"}, model::GatewayId{"gw-1"}),
        answers_out(nobody_, *core) {
    (void)time_keeper->check();
    link.up = true;
    answers_out.set_link(link);
    auto stored = std::make_shared<pipeline::Historian::StoredCatalogues>();
    for (const auto c : model::kDataClasses) {
      const auto& one = catalogues.of(c);
      if (one) stored->push_back({std::string(model::to_string(c)) + "/" + base::to_hex(one->hash), one->encoded});
    }
    historian = std::make_unique<pipeline::Historian>(
        pipeline::Historian::Parts{history, *time_keeper, points, std::move(stored)});
    downlink = std::make_unique<pipeline::Downlink>(pipeline::Downlink::Parts{model::GatewayId{"gw-1"},
                                                                              topics,
                                                                              std::move(may),
                                                                              verify(),
                                                                              *commander,
                                                                              *judge,
                                                                              *trail,
                                                                              answers_out,
                                                                              points,
                                                                              *time_keeper,
                                                                              time,
                                                                              *core,
                                                                              [this] { return alarms; },
                                                                              base::log::Level::off,
                                                                              {},
                                                                              historian.get()});
  }

  static pipeline::DownlinkRules everything() {
    pipeline::DownlinkRules out;
    out.allowed.fill(true);
    out.answers = {"wayside/answer/"};
    return out;
  }
  static pipeline::DownlinkRules signed_only() {
    auto out = everything();
    out.needs_signature.fill(true);
    return out;
  }

  // An order that is good in everything.
  v1::Order write_order(const std::string& id = "o-1") const {
    v1::Order out;
    out.set_gateway("gw-1");
    out.set_id(id);
    out.set_by("desk 4");
    out.set_expires_wall_us(wall_us() + 30'000'000);
    out.mutable_write()->set_device("relay-1");
    out.mutable_write()->set_point("relay-1");
    out.mutable_write()->set_truth(true);
    return out;
  }
  static ports::MqttMessage message(const v1::Order& order, const std::string& topic, const std::string& signature = "",
                                    const std::string& key = "") {
    v1::Downlink outer;
    outer.set_order(order.SerializeAsString());
    outer.set_signature(signature);
    outer.set_key(key);
    const auto bytes = outer.SerializeAsString();
    ports::MqttMessage out{topic, {bytes.begin(), bytes.end()}, false, ""};
    out.response_topic = kReply;
    out.correlation = {1, 2, 3};
    return out;
  }
  // The answers that came of it within three seconds, and of what the broker then has.
  std::vector<v1::Answer> give(const ports::MqttMessage& message) {
    const auto before = link.sent.size();
    downlink->received(message);
    time.run_for(3s);
    std::vector<v1::Answer> out;
    for (auto i = before; i < link.sent.size(); ++i) {
      v1::Answer answer;
      const auto& payload = link.sent[i].message.payload;
      REQUIRE(answer.ParseFromArray(payload.data(), static_cast<int>(payload.size())));
      out.push_back(std::move(answer));
      if (auto done = std::exchange(link.sent[i].done, {})) done({});
      time.run_for(1ms);
    }
    return out;
  }
  v1::Answer ask(const v1::Order& order) { return ask(message(order, topics.command())); }
  v1::Answer ask(const ports::MqttMessage& message) {
    const auto came = give(message);
    REQUIRE(came.size() == 1);
    return came.front();
  }
  // Of the trail, oldest first.
  std::vector<model::AuditNote> notes() const {
    std::vector<model::AuditNote> out;
    for (const auto& kept : trail->kept()) {
      const auto record = wire::read_audit(kept.record);
      REQUIRE(record.has_value());
      out.push_back(record->note);
    }
    return out;
  }
  std::int64_t wall_us() const { return time.wall_now().time_since_epoch().count(); }

  // A reading of a point of relay-1, so long ago.
  void recorded(const std::string& point, std::chrono::microseconds ago, double value) {
    const auto handle = *points.find(model::DeviceId{"relay-1"}, point);
    const auto data_class = points.info(handle).data_class;
    history.add(data_class, time.boot_id(), catalogues.of(data_class)->hash, time.boot_now() - ago,
                {{catalogues.index_of(handle), value}});
  }

  wire::Topics topics;
  FakeLink link;
  FakeHistory history{*core};
  wire::Catalogues catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  std::unique_ptr<pipeline::Historian> historian;
  std::vector<model::AlarmRecord> alarms;
  std::vector<std::pair<std::string, base::Bytes>> verified;  // key, message
  bool signature_holds = true;
  std::unique_ptr<pipeline::Downlink> downlink;

 private:
  struct Nobody final : ports::LinkListener {
    void link_up(const ports::MqttConnected&) override {}
    void link_down() override {}
  };
  pipeline::Downlink::Verify verify() {
    return [this](const std::string& key, base::ByteView message, base::ByteView) -> base::Result<void> {
      verified.emplace_back(key, base::Bytes(message.begin(), message.end()));
      if (signature_holds) return {};
      return base::Error{base::Errc::denied, base::Consequence::drop_record, "the signature is not that of the key"};
    };
  }
  static Setup audited(Setup setup) {
    setup.audited = true;
    return setup;
  }
  Nobody nobody_;

 public:
  pipeline::Answers answers_out;
};

}  // namespace wayside::tests
