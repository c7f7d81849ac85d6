#include "sim/fleet/light_session.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/write.hpp>
#include <map>
#include <utility>

#include "sim/fleet/mqtt_packet.hpp"

namespace wayside::sim {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;
using ports::MqttClosed;
using ports::MqttEnd;
using Done = ports::MqttSession::PublishCallback;

constexpr std::uint8_t kFirstRefusal = 0x80;
constexpr std::uint8_t kTakenOver = 0x8E;
constexpr std::uint8_t kQuotaExceeded = 0x97;

base::Error error(base::Errc code, std::string what) { return {code, base::Consequence::retry_later, std::move(what)}; }

// Lives as long as an operation of its socket is under way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, base::Scheduler& core, ConnectObserver* observer)
      : socket_(io), core_(core), observer_(observer) {}

  void connect(const Tcp::endpoint& broker, const ports::MqttConnect& options, ports::MqttCallbacks callbacks) {
    callbacks_ = std::move(callbacks);
    keep_alive_ = options.keep_alive;
    if (observer_ != nullptr) observer_->tried();
    socket_.async_connect(broker, [self = shared_from_this(), hello = connect_packet(options)](const Error& failed) {
      if (failed) return self->end(failed.message(), MqttEnd::unreachable);
      Error ignored;
      self->socket_.set_option(Tcp::no_delay(true), ignored);
      self->send(hello);
      self->read();
    });
  }

  std::uint16_t remember(Done done) {
    do ++next_id_;
    while (next_id_ == 0 || open_.contains(next_id_));
    open_.emplace(next_id_, std::move(done));
    return next_id_;
  }

  void send(std::string packet) {
    if (ended_) return;
    waiting_ += packet;
    if (!writing_) write();
  }

  void close() {
    send(disconnect_packet());
    core_.post([self = shared_from_this()] { self->end("closed by us", MqttEnd::lost); });
  }

  // Nothing is called any more.
  void forget() {
    callbacks_ = {};
    open_.clear();
    end("forgotten", MqttEnd::lost);
  }

 private:
  void write() {
    writing_ = true;
    written_ = std::exchange(waiting_, {});
    asio::async_write(socket_, asio::buffer(written_), [self = shared_from_this()](const Error& failed, std::size_t) {
      self->writing_ = false;
      if (failed) return self->end(failed.message(), MqttEnd::lost);
      if (!self->waiting_.empty()) self->write();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(block_), [self = shared_from_this()](const Error& failed, std::size_t size) {
      if (self->ended_) return;
      if (failed) return self->end(failed.message(), self->up_ ? MqttEnd::lost : MqttEnd::no_answer);
      self->heard_ = self->core_.now();
      self->buffer_.append(self->block_.data(), size);
      self->take();
      if (!self->ended_) self->read();
    });
  }

  void take() {
    std::size_t at = 0;
    std::size_t size = 0;
    while (!ended_) {
      const auto packet = cut_packet(std::string_view(buffer_).substr(at), size);
      if (!packet) break;
      at += size;
      if (!take(*packet)) end("the broker breaks the protocol", MqttEnd::lost);
    }
    buffer_.erase(0, at);
  }

  // False: it breaks its form.
  bool take(const Packet& packet) {
    switch (packet.type) {
      case PacketType::connack: return take_connack(packet);
      case PacketType::puback:
      case PacketType::suback: return take_ack(packet);
      case PacketType::publish: return take_publish(packet);
      case PacketType::disconnect: {
        const auto reason = packet.body.empty() ? 0 : static_cast<std::uint8_t>(packet.body.front());
        end(fmt::format("the broker disconnected us (reason {})", reason),
            reason == kTakenOver ? MqttEnd::taken_over : MqttEnd::lost);
        return true;
      }
      default: return packet.type == PacketType::pingresp;
    }
  }

  bool take_connack(const Packet& packet) {
    const auto connack = read_connack(packet);
    if (!connack) return false;
    if (connack->reason >= kFirstRefusal) {
      end(fmt::format("refused (reason {})", connack->reason), MqttEnd::refused);
      return true;
    }
    up_ = true;
    if (observer_ != nullptr) observer_->taken();
    ping_later();
    if (callbacks_.connected) callbacks_.connected(connack->broker);
    return true;
  }

  bool take_ack(const Packet& packet) {
    const auto ack = read_ack(packet);
    if (!ack) return false;
    auto node = open_.extract(ack->id);
    if (node.empty() || !node.mapped()) return true;
    if (ack->reason < kFirstRefusal) {
      node.mapped()({});
    } else {
      const auto code = ack->reason == kQuotaExceeded ? base::Errc::full : base::Errc::denied;
      node.mapped()(error(code, fmt::format("reason {}", ack->reason)));
    }
    return true;
  }

  bool take_publish(const Packet& packet) {
    auto publish = read_publish(packet);
    if (!publish) return false;
    if (publish->id != 0) send(puback_packet(publish->id));
    if (callbacks_.message) callbacks_.message(std::move(publish->message));
    return true;
  }

  void ping_later() {
    ping_timer_ = core_.post_at(core_.now() + keep_alive_, [self = shared_from_this()] {
      self->ping_timer_ = base::TimerId::none;
      if (self->ended_) return;
      if (self->core_.now() - self->heard_ > 2 * self->keep_alive_) return self->end("no answer", MqttEnd::lost);
      self->send(pingreq_packet());
      self->ping_later();
    });
  }

  void end(const std::string& why, MqttEnd how) {
    if (std::exchange(ended_, true)) return;
    if (ping_timer_ != base::TimerId::none) core_.cancel(ping_timer_);
    Error ignored;
    socket_.close(ignored);
    const auto what = error(base::Errc::closed, why);
    for (auto& [id, done] : std::exchange(open_, {})) {
      if (done) done(what);
    }
    auto closed = std::exchange(callbacks_.closed, {});
    if (closed) closed(MqttClosed{what, how});
  }

  Tcp::socket socket_;
  base::Scheduler& core_;
  ConnectObserver* observer_;
  ports::MqttCallbacks callbacks_;
  std::map<std::uint16_t, Done> open_;
  std::uint16_t next_id_ = 0;
  std::chrono::seconds keep_alive_{};
  base::BootTime heard_{};
  base::TimerId ping_timer_ = base::TimerId::none;
  bool up_ = false;
  bool ended_ = false;
  bool writing_ = false;
  std::string waiting_;
  std::string written_;
  std::array<char, 16384> block_{};
  std::string buffer_;
};

class LightSession final : public ports::MqttSession {
 public:
  LightSession(asio::io_context& io, base::Scheduler& core, Tcp::endpoint broker, ConnectObserver* observer)
      : broker_(std::move(broker)), connection_(std::make_shared<Connection>(io, core, observer)) {}
  ~LightSession() override { connection_->forget(); }

  void connect(const ports::MqttConnect& options, ports::MqttCallbacks callbacks) override {
    connection_->connect(broker_, options, std::move(callbacks));
  }
  void publish(ports::MqttMessage message, PublishCallback done) override {
    connection_->send(publish_packet(message, connection_->remember(std::move(done))));
  }
  void subscribe(const std::string& topic_filter, PublishCallback done) override {
    connection_->send(subscribe_packet(topic_filter, connection_->remember(std::move(done))));
  }
  void close() override { connection_->close(); }

 private:
  Tcp::endpoint broker_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<ports::MqttSession> LightSessionFactory::make_session() {
  return std::make_unique<LightSession>(io_, core_, broker_, observer_);
}

}  // namespace wayside::sim
