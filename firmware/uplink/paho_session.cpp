#include "uplink/paho_session.hpp"

#include <fmt/format.h>
#include <mqtt/async_client.h>

#include <atomic>
#include <map>
#include <utility>

namespace wayside::uplink {
namespace {

using Done = ports::MqttSession::PublishCallback;

constexpr int kPahoBuffer = 65535;  // messages; the window above is far smaller

base::Error closed(std::string why) { return {base::Errc::closed, base::Consequence::retry_later, std::move(why)}; }

// State on core, shared with tasks that may arrive after the session has gone.
struct Shared {
  ports::MqttCallbacks callbacks;
  std::map<std::uintptr_t, Done> open;
  std::uintptr_t next = 1;
  bool finished = false;  // `closed` was called, or the session is gone

  void finish(std::uintptr_t id, base::Result<void> outcome) {
    auto node = open.extract(id);
    if (!node.empty() && node.mapped()) node.mapped()(std::move(outcome));
  }
  void close(const base::Error& error) {
    if (std::exchange(finished, true)) return;
    auto unanswered = std::exchange(open, {});
    for (auto& [id, done] : unanswered) {
      if (done) done(error);
    }
    if (callbacks.closed) callbacks.closed(error);
  }
};

// Called by Paho on its thread; everything goes to core at once.
class Listener final : public virtual mqtt::callback, public virtual mqtt::iaction_listener {
 public:
  Listener(std::weak_ptr<Shared> shared, base::Scheduler& core) : shared_(std::move(shared)), core_(core) {}

  void on_success(const mqtt::token& token) override {
    if (token.get_type() == mqtt::token::Type::CONNECT) return on_connack(token);
    if (token.get_type() == mqtt::token::Type::DISCONNECT) return to_core_close("closed by us");
    finish(token, base::Result<void>());
  }

  void on_failure(const mqtt::token& token) override {
    const auto what = fmt::format("{} (reason code {})", mqtt::exception::error_str(token.get_return_code()),
                                  static_cast<int>(token.get_reason_code()));
    if (token.get_type() == mqtt::token::Type::CONNECT) {
      // Paho does not say more than "failure" where no CONNACK came.
      const auto reason = static_cast<int>(token.get_reason_code());
      return to_core_close(reason >= 0x80
                               ? fmt::format("the broker refused the connection (reason code {})", reason)
                               : fmt::format("cannot reach the broker (Paho code {})", token.get_return_code()));
    }
    if (token.get_type() == mqtt::token::Type::DISCONNECT) return to_core_close(what);
    // A reason code of 0x80 and above is the broker's word on this message; anything else is the transport's.
    const bool refused = static_cast<int>(token.get_reason_code()) >= 0x80;
    finish(token, refused ? base::Error{base::Errc::denied, base::Consequence::drop_record, what} : closed(what));
  }

  void connection_lost(const std::string& cause) override {
    to_core_close(cause.empty() ? "connection lost" : "connection lost: " + cause);
  }

  void message_arrived(mqtt::const_message_ptr message) override {
    ports::MqttMessage out;
    out.topic = message->get_topic();
    const auto& payload = message->get_payload();
    out.payload.assign(payload.begin(), payload.end());
    out.retain = message->is_retained();
    core_.post([shared = shared_, out = std::move(out)]() mutable {
      const auto held = shared.lock();
      if (held && !held->finished && held->callbacks.message) held->callbacks.message(std::move(out));
    });
  }

  // A DISCONNECT packet from the broker.
  void disconnected(int reason_code) {
    to_core_close(fmt::format("the broker disconnected us (reason {})", reason_code));
  }

 private:
  void on_connack(const mqtt::token& token) {
    ports::MqttConnected broker;
    const auto response = token.get_connect_response();
    broker.session_present = response.is_session_present();
    const auto& properties = response.get_properties();
    if (properties.contains(mqtt::property::RECEIVE_MAXIMUM)) {
      broker.receive_maximum = mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
    }
    if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
      broker.maximum_packet_size = mqtt::get<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE);
    }
    core_.post([shared = shared_, broker] {
      const auto held = shared.lock();
      if (held && !held->finished && held->callbacks.connected) held->callbacks.connected(broker);
    });
  }

  void finish(const mqtt::token& token, base::Result<void> outcome) {
    const auto id = reinterpret_cast<std::uintptr_t>(token.get_user_context());
    core_.post([shared = shared_, id, outcome = std::move(outcome)]() mutable {
      if (const auto held = shared.lock()) held->finish(id, std::move(outcome));
    });
  }

  void to_core_close(std::string why) {
    core_.post([shared = shared_, why = std::move(why)] {
      if (const auto held = shared.lock()) held->close(closed(why));
    });
  }

  std::weak_ptr<Shared> shared_;
  base::Scheduler& core_;
};

mqtt::message_ptr to_paho(ports::MqttMessage message) {
  auto out = mqtt::make_message(message.topic, message.payload.data(), message.payload.size(), 1, message.retain);
  if (!message.content_type.empty()) {
    mqtt::properties properties;
    properties.add(mqtt::property(mqtt::property::CONTENT_TYPE, message.content_type));
    out->set_properties(properties);
  }
  return out;
}

class PahoSession final : public ports::MqttSession {
 public:
  PahoSession(const PahoOptions& options, base::Scheduler& core) : options_(options), core_(core) {}
  ~PahoSession() override {
    shared_->finished = true;
    shared_->open.clear();
  }

  void connect(const ports::MqttConnect& wanted, ports::MqttCallbacks callbacks) override {
    shared_->callbacks = std::move(callbacks);
    attempt("connect", [this, &wanted] {
      client_ = std::make_unique<mqtt::async_client>(options_.server, wanted.client_id,
                                                     mqtt::create_options(MQTTVERSION_5, kPahoBuffer));
      client_->set_callback(*listener_);
      client_->set_disconnected_handler([this](const mqtt::properties& /*properties*/, mqtt::ReasonCode code) {
        listener_->disconnected(static_cast<int>(code));
      });
      client_->connect(connect_options(wanted), nullptr, *listener_);
    });
  }

  void publish(ports::MqttMessage message, PublishCallback done) override {
    const auto id = remember(std::move(done));
    attempt("publish", [this, id, &message] {
      client_->publish(to_paho(std::move(message)), reinterpret_cast<void*>(id), *listener_);
    });
  }

  void subscribe(const std::string& topic_filter, PublishCallback done) override {
    const auto id = remember(std::move(done));
    attempt("publish", [this, id, &topic_filter] {
      client_->subscribe(topic_filter, 1, reinterpret_cast<void*>(id), *listener_);
    });
  }

  void close() override {
    attempt("disconnect", [this] {
      mqtt::disconnect_options options;
      options.set_timeout(std::chrono::seconds{1});
      // "Disconnect with will": the retained state then says offline without a message of ours.
      options.set_reason_code(mqtt::ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
      const auto token = client_->disconnect(options);
      token->set_action_callback(*listener_);
      // The answer may have come before the callback was set; closing twice does nothing.
      if (token->is_complete()) listener_->on_success(*token);
    });
  }

 private:
  mqtt::connect_options connect_options(const ports::MqttConnect& wanted) const {
    mqtt::connect_options out;
    out.set_mqtt_version(MQTTVERSION_5);
    out.set_clean_start(false);
    out.set_keep_alive_interval(wanted.keep_alive);
    out.set_max_inflight(kPahoBuffer);
    mqtt::properties properties;
    properties.add(mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL,
                                  static_cast<std::int32_t>(wanted.session_expiry.count())));
    out.set_properties(properties);
    if (wanted.will) out.set_will_message(to_paho(*wanted.will));
    if (!options_.username.empty()) out.set_user_name(options_.username);
    if (!options_.password.empty()) out.set_password(options_.password);
    return out;
  }

  std::uintptr_t remember(PublishCallback done) {
    const auto id = shared_->next++;
    shared_->open.emplace(id, std::move(done));
    return id;
  }

  // Paho throws; here that becomes the end of the session, posted like every other one. Also for a publish: what
  // Paho cannot take is not the message's fault, and `close` answers it with all the others.
  template <class Call>
  void attempt(const char* doing, Call call) {
    try {
      call();
    } catch (const std::exception& e) {
      core_.post([shared = std::weak_ptr<Shared>(shared_), why = fmt::format("{}: {}", doing, e.what())] {
        if (const auto held = shared.lock()) held->close(closed(why));
      });
    }
  }

  PahoOptions options_;
  base::Scheduler& core_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::unique_ptr<Listener> listener_ = std::make_unique<Listener>(shared_, core_);
  // Last: goes first, and with it the calls into the listener.
  std::unique_ptr<mqtt::async_client> client_;
};

}  // namespace

std::unique_ptr<ports::MqttSession> PahoSessionFactory::make_session() {
  return std::make_unique<PahoSession>(options_, core_);
}

}  // namespace wayside::uplink
