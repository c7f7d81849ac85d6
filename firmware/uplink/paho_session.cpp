#include "uplink/paho_session.hpp"

#include <fmt/format.h>
#include <mqtt/async_client.h>

#include <atomic>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "uplink/socket_delay.hpp"

namespace wayside::uplink {
namespace {

using Done = ports::MqttSession::PublishCallback;
using ports::MqttClosed;
using ports::MqttEnd;
using ports::MqttVersion;

constexpr int kPahoBuffer = 65535;  // messages; the window above is far smaller
constexpr auto kConnectTimeout = std::chrono::seconds{10};
constexpr int kFirstRefusal = 0x80;  // reason codes from here on are failures (MQTT 5, 2.4)
constexpr int kTakenOver = 0x8E;
constexpr int kNoReason = 0xFF;  // what Paho gives where none came: -1
constexpr int kQuotaExceeded = 0x97;
// Of what comes: the broker is told the size, and both hold where it does not know of it (3.1.1) or does not care.
constexpr std::size_t kLargestMessage = std::size_t{256} << 10U;
constexpr int kMostUntaken = 64;

bool is_refusal(int reason) { return reason >= kFirstRefusal && reason != kNoReason; }

MqttClosed closed(std::string why, MqttEnd end = MqttEnd::lost) {
  return {{base::Errc::closed, base::Consequence::retry_later, std::move(why)}, end};
}

// What a CONNACK says that is no success: a reason code of MQTT 5, 2.4, or a return code of 3.1.1, 3.2.2.3.
MqttClosed refusal(int code) {
  struct Known {
    int v3, v5;
    const char* text;
  };
  static constexpr Known kKnown[] = {
      {1, 0x84, "it does not speak this version of MQTT"},
      {2, 0x85, "it does not like the client id"},
      {3, 0x88, "it is not available now"},
      {4, 0x86, "user name or password are wrong"},
      {5, 0x87, "not authorised"},
      {0, 0x8A, "banned"},
      {0, 0x97, "a quota is exceeded"},
      {0, 0x9F, "too many connections at once"},
  };
  for (const auto& known : kKnown) {
    if (code != known.v5 && (code != known.v3 || code == 0)) continue;
    return closed(fmt::format("the broker refused the connection: {} (code {})", known.text, code),
                  known.v3 == 1 ? MqttEnd::wrong_version : MqttEnd::refused);
  }
  return closed(fmt::format("the broker refused the connection (code {})", code), MqttEnd::refused);
}

// What a PUBACK or SUBACK says that is no success (MQTT 5, 2.4).
base::Error refused(int reason) {
  const char* text = reason == 0x87             ? "not authorised, "
                     : reason == 0x90           ? "the topic is not valid for it, "
                     : reason == kQuotaExceeded ? "a quota is exceeded, "
                                                : "";
  return {base::Errc::denied, base::Consequence::drop_record, fmt::format("{}reason code {}", text, reason)};
}

// State on core, shared with tasks that may arrive after the session has gone.
struct Shared {
  ports::MqttCallbacks callbacks;
  std::map<std::uintptr_t, Done> open;
  std::uintptr_t next = 1;
  bool finished = false;  // `closed` was called, or the session is gone
  bool failed = false;    // why it could not connect is being asked
  std::function<void(MqttClosed)> could_not_connect;

  void finish(std::uintptr_t id, base::Result<void> outcome) {
    auto node = open.extract(id);
    if (!node.empty() && node.mapped()) node.mapped()(std::move(outcome));
  }
  void close(const MqttClosed& how) {
    if (std::exchange(finished, true)) return;
    auto unanswered = std::exchange(open, {});
    for (auto& [id, done] : unanswered) {
      if (done) done(how.error);
    }
    if (callbacks.closed) callbacks.closed(how);
  }
};

// Called by Paho on its thread; everything goes to core at once.
class Listener final : public virtual mqtt::callback, public virtual mqtt::iaction_listener {
 public:
  Listener(std::weak_ptr<Shared> shared, base::Scheduler& core) : shared_(std::move(shared)), core_(core) {}

  void on_success(const mqtt::token& token) override {
    if (token.get_type() == mqtt::token::Type::CONNECT) return on_connack(token);
    if (token.get_type() == mqtt::token::Type::DISCONNECT) return to_core_close(closed("closed by us"));
    // A SUBACK may refuse.
    const int reason = token.get_reason_code();
    if (token.get_type() == mqtt::token::Type::SUBSCRIBE && is_refusal(reason)) {
      return finish(token, refused(reason));
    }
    finish(token, base::Result<void>());
  }

  void on_failure(const mqtt::token& token) override {
    const int reason = token.get_reason_code();
    const auto what = fmt::format("{} (reason code {})", mqtt::exception::error_str(token.get_return_code()), reason);
    if (token.get_type() == mqtt::token::Type::CONNECT) return on_connect_failed(token.get_return_code(), reason);
    if (token.get_type() == mqtt::token::Type::DISCONNECT) return to_core_close(closed(what));
    // A reason code of 0x80 and above is the broker's word on this message, or on itself when it is full; anything else
    // is the transport's.
    if (reason == kQuotaExceeded)
      return finish(token, base::Error{base::Errc::full, base::Consequence::retry_later, refused(reason).what});
    finish(token, is_refusal(reason) ? refused(reason) : closed(what).error);
  }

  void connection_lost(const std::string& cause) override {
    to_core_close(closed(cause.empty() ? "connection lost" : "connection lost: " + cause));
  }

  void message_arrived(mqtt::const_message_ptr message) override {
    const auto& payload = message->get_payload();
    const bool too_large = payload.size() > kLargestMessage;
    if (too_large || *untaken_ >= kMostUntaken) {
      base::log::warn("uplink.message_dropped",
                      {{"topic", message->get_topic()}, {"why", too_large ? "too large" : "too many at once"}});
      return;
    }
    ports::MqttMessage out;
    out.topic = message->get_topic();
    out.payload.assign(payload.begin(), payload.end());
    out.retain = message->is_retained();
    take_properties(message->get_properties(), out);
    ++*untaken_;
    core_.post([shared = shared_, untaken = untaken_, out = std::move(out)]() mutable {
      --*untaken;
      const auto held = shared.lock();
      if (held && !held->finished && held->callbacks.message) held->callbacks.message(std::move(out));
    });
  }

  // A DISCONNECT packet from the broker.
  void disconnected(int reason_code) {
    if (reason_code == kTakenOver) {
      return to_core_close(closed("another client has connected with our client id (reason 142)", MqttEnd::taken_over));
    }
    to_core_close(closed(fmt::format("the broker disconnected us (reason {})", reason_code)));
  }

 private:
  static void take_properties(const mqtt::properties& properties, ports::MqttMessage& out) {
    if (properties.contains(mqtt::property::RESPONSE_TOPIC)) {
      out.response_topic = mqtt::get<std::string>(properties, mqtt::property::RESPONSE_TOPIC);
    }
    if (properties.contains(mqtt::property::CORRELATION_DATA)) {
      const auto data = mqtt::get<mqtt::binary>(properties, mqtt::property::CORRELATION_DATA);
      out.correlation.assign(data.begin(), data.end());
    }
    if (properties.contains(mqtt::property::MESSAGE_EXPIRY_INTERVAL)) {
      out.expiry = std::chrono::seconds{mqtt::get<std::uint32_t>(properties, mqtt::property::MESSAGE_EXPIRY_INTERVAL)};
    }
  }

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

  void on_connect_failed(int code, int reason) {
    // A CONNACK of 3.1.1 comes as a code above zero, one of MQTT 5 as the reason.
    const int refused = is_refusal(reason) ? reason : code;
    if (refused > 0) return to_core_close(refusal(refused));
    // Paho does not say more than "failure" where no CONNACK came.
    core_.post([shared = shared_, code] {
      const auto held = shared.lock();
      if (!held || held->finished || std::exchange(held->failed, true)) return;
      held->could_not_connect(
          closed(fmt::format("cannot reach the broker (Paho code {})", code), MqttEnd::unreachable));
    });
  }

  void finish(const mqtt::token& token, base::Result<void> outcome) {
    const auto id = reinterpret_cast<std::uintptr_t>(token.get_user_context());
    core_.post([shared = shared_, id, outcome = std::move(outcome)]() mutable {
      if (const auto held = shared.lock()) held->finish(id, std::move(outcome));
    });
  }

  void to_core_close(MqttClosed how) {
    core_.post([shared = shared_, how = std::move(how)] {
      const auto held = shared.lock();
      if (held && !held->failed) held->close(how);
    });
  }

  std::weak_ptr<Shared> shared_;
  std::shared_ptr<std::atomic<int>> untaken_ = std::make_shared<std::atomic<int>>(0);  // messages posted to core
  base::Scheduler& core_;
};

class PahoSession final : public ports::MqttSession {
 public:
  PahoSession(const PahoOptions& options, base::Scheduler& core) : options_(options), core_(core) {}
  ~PahoSession() override {
    shared_->finished = true;
    shared_->open.clear();
  }

  void connect(const ports::MqttConnect& wanted, ports::MqttCallbacks callbacks) override {
    shared_->callbacks = std::move(callbacks);
    shared_->could_not_connect = [this](MqttClosed how) { could_not_connect(std::move(how)); };
    broker_ = options_.brokers.at(wanted.broker);
    version_ = wanted.version;
    will_ = wanted.will;
    if (broker_.tls) {
      if (const auto files = check_tls_files(options_.tls); !files) {
        return post_close({files.error(), MqttEnd::tls});
      }
    }
    attempt("connect", [this, &wanted] {
      client_ = std::make_unique<mqtt::async_client>(server(), wanted.client_id,
                                                     mqtt::create_options(paho_version(), kPahoBuffer));
      client_->set_callback(*listener_);
      client_->set_disconnected_handler([this](const mqtt::properties& /*properties*/, mqtt::ReasonCode code) {
        listener_->disconnected(static_cast<int>(code));
      });
      client_->connect(connect_options(wanted), nullptr, *listener_);
    });
  }

  void publish(ports::MqttMessage message, PublishCallback done) override {
    if (!std::exchange(published_, true)) send_without_delay(broker_.port);
    const auto id = remember(std::move(done));
    attempt("publish", [this, id, &message] {
      client_->publish(to_paho(std::move(message)), reinterpret_cast<void*>(id), *listener_);
    });
  }

  void subscribe(const std::string& topic_filter, PublishCallback done) override {
    const auto id = remember(std::move(done));
    attempt("subscribe", [this, id, &topic_filter] {
      client_->subscribe(topic_filter, 1, reinterpret_cast<void*>(id), *listener_);
    });
  }

  void close() override {
    // DISCONNECT with reason 0x04 would leave the will to the broker, but Paho C++ 1.2 does not send the reason: its
    // options are of the C library's first layout, which has none. So we say it ourselves.
    if (!will_) return disconnect();
    // The session may be gone when this is answered: then no one disconnects any more.
    publish(*std::exchange(will_, std::nullopt), [this](const base::Result<void>& outcome) {
      if (outcome || outcome.error().code != base::Errc::closed) disconnect();
    });
  }

 private:
  [[nodiscard]] std::string server() const {
    const bool v6 = broker_.host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", broker_.tls ? "ssl" : "tcp", v6 ? "[" : "", broker_.host, v6 ? "]" : "",
                       broker_.port);
  }

  [[nodiscard]] int paho_version() const { return version_ == MqttVersion::v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1; }

  [[nodiscard]] mqtt::message_ptr to_paho(ports::MqttMessage message) const {
    auto out =
        mqtt::make_message(message.topic, message.payload.data(), message.payload.size(), message.qos, message.retain);
    if (version_ == MqttVersion::v5) {
      mqtt::properties properties;
      if (!message.content_type.empty()) {
        properties.add(mqtt::property(mqtt::property::CONTENT_TYPE, message.content_type));
      }
      if (!message.correlation.empty()) {
        properties.add(mqtt::property(mqtt::property::CORRELATION_DATA,
                                      mqtt::binary(message.correlation.begin(), message.correlation.end())));
      }
      out->set_properties(properties);
    }
    return out;
  }

  [[nodiscard]] mqtt::connect_options connect_options(const ports::MqttConnect& wanted) const {
    mqtt::connect_options out;
    out.set_mqtt_version(paho_version());
    if (version_ == MqttVersion::v5) {
      out.set_clean_start(wanted.clean_start);
      mqtt::properties properties;
      properties.add(mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL,
                                    static_cast<std::int32_t>(wanted.session_expiry.count())));
      properties.add(mqtt::property(mqtt::property::MAXIMUM_PACKET_SIZE, static_cast<std::int32_t>(kLargestMessage)));
      out.set_properties(properties);
    } else {
      out.set_clean_session(true);
    }
    out.set_keep_alive_interval(wanted.keep_alive);
    out.set_connect_timeout(kConnectTimeout);
    out.set_max_inflight(kPahoBuffer);
    if (wanted.will) out.set_will_message(to_paho(*wanted.will));
    if (!options_.username.empty()) out.set_user_name(options_.username);
    if (!options_.password.empty()) out.set_password(options_.password);
    if (broker_.tls) out.set_ssl(ssl_options());
    return out;
  }

  [[nodiscard]] mqtt::ssl_options ssl_options() const {
    mqtt::ssl_options out;
    const auto& files = options_.tls;
    if (!files.ca.empty()) out.set_trust_store(files.ca);
    if (!files.certificate.empty()) {
      out.set_key_store(files.certificate);
      out.set_private_key(files.key);
    }
    out.set_enable_server_cert_auth(true);
    out.set_verify(true);  // the name too
    return out;
  }

  // What Paho calls a failure may be many things.
  void could_not_connect(MqttClosed how) {
    if (!options_.why) return shared_->close(how);
    options_.why(broker_, [shared = std::weak_ptr<Shared>(shared_), trusted = options_.clock_trusted,
                           how = std::move(how)](const Finding& finding) mutable {
      const auto held = shared.lock();
      if (!held) return;
      how.error.what = finding.reason;
      switch (finding.at) {
        case Finding::At::network: break;
        case Finding::At::handshake: {
          const bool clock = finding.about_dates && trusted && !trusted();
          how.end = clock ? MqttEnd::clock : MqttEnd::tls;
          if (clock) how.error.what += ", by a clock that is not known to be right";
          break;
        }
        case Finding::At::broker:
          how.end = MqttEnd::no_answer;
          how.error.what = "the broker ends the connection without an answer";
          break;
      }
      held->close(how);
    });
  }

  void disconnect() {
    attempt("disconnect", [this] {
      mqtt::disconnect_options options;
      options.set_timeout(std::chrono::seconds{1});
      const auto token = client_->disconnect(options);
      token->set_action_callback(*listener_);
      // The answer may have come before the callback was set; closing twice does nothing.
      if (token->is_complete()) listener_->on_success(*token);
    });
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
      post_close(closed(fmt::format("{}: {}", doing, e.what())));
    }
  }

  void post_close(MqttClosed how) {
    core_.post([shared = std::weak_ptr<Shared>(shared_), how = std::move(how)] {
      if (const auto held = shared.lock()) held->close(how);
    });
  }

  PahoOptions options_;
  base::Scheduler& core_;
  PahoBroker broker_;
  MqttVersion version_ = MqttVersion::v5;
  std::optional<ports::MqttMessage> will_;
  bool published_ = false;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::unique_ptr<Listener> listener_ = std::make_unique<Listener>(shared_, core_);
  // Last: goes first, and with it the calls into the listener.
  std::unique_ptr<mqtt::async_client> client_;
};

}  // namespace

std::string paho_version() {
  for (const auto* one = MQTTAsync_getVersionInfo(); one != nullptr && one->name != nullptr; ++one) {
    if (std::string_view(one->name) == "Version") return one->value;
  }
  return {};
}

PahoSessionFactory::PahoSessionFactory(PahoOptions options, base::Scheduler& core)
    : options_(std::move(options)), core_(core) {
  if (options_.tls.revocation) check_revocation_everywhere();
}

std::unique_ptr<ports::MqttSession> PahoSessionFactory::make_session() {
  return std::make_unique<PahoSession>(options_, core_);
}

}  // namespace wayside::uplink
