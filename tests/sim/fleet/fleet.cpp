#include "sim/fleet/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wayside::sim {
namespace {

constexpr const char* kCity = "fleet";
constexpr auto kLookEvery = std::chrono::milliseconds{50};
constexpr std::uint64_t kLooksOfProgress = 40;
constexpr auto kConsumerRetry = std::chrono::milliseconds{300};
constexpr auto kStopPatience = std::chrono::seconds{10};
constexpr auto kGoodbyes = std::chrono::seconds{1};

}  // namespace

Fleet::Fleet(boost::asio::io_context& io, FleetSetting setting, Say progress)
    : io_(io), setting_(std::move(setting)), progress_(std::move(progress)), waves_(setting_.gateways) {
  (void)time_.check();
  tally_.expect_ascending();
  for (std::size_t i = 0; i < setting_.gateways; ++i) {
    LightGateway::Setting each{fmt::format("fleet-{:05}", i + 1), kCity, setting_.period,
                               setting_.seed * 1'000'003 + i};
    gateways_.push_back(
        std::make_unique<LightGateway>(std::move(each), LightGateway::Parts{core_, time_, sessions_, tally_}));
    epochs_[gateways_.back()->id()] = gateways_.back()->epoch();
  }
}

void Fleet::start() {
  start_consumer();
  core_.post([this] { look(); });
}

void Fleet::start_consumer() {
  ports::MqttConnect options;
  options.client_id = "fleet-consumer";
  ports::MqttCallbacks callbacks;
  callbacks.connected = [this](const ports::MqttConnected&) {
    consumer_->subscribe(fmt::format("wayside/v1/{}/#", kCity), [this](const base::Result<void>& outcome) {
      if (outcome) start_gateways();
    });
  };
  callbacks.closed = [this](const ports::MqttClosed& closed) {
    if (taken_ == 0 && tried_ == 0) progress_("the broker: " + closed.error.what);
    core_.post_at(core_.now() + kConsumerRetry, [this] { start_consumer(); });
  };
  callbacks.message = [this](const ports::MqttMessage& message) { received(message); };
  consumer_ = consumer_sessions_.make_session();
  consumer_->connect(options, std::move(callbacks));
}

// Once: the consumer's later connections find its session at the broker.
void Fleet::start_gateways() {
  if (tried_ > 0) return;
  for (auto& gateway : gateways_) gateway->start();
}

void Fleet::taken() {
  ++taken_;
  waves_.taken(core_.now());
}

void Fleet::received(const ports::MqttMessage& message) {
  ++messages_;
  constexpr std::string_view kState = "/up/state";
  if (message.topic.ends_with(kState)) {
    // Another connection of this gateway, or its end: the order begins anew.
    const auto levels = std::string_view(message.topic).substr(0, message.topic.size() - kState.size());
    const auto epoch = epochs_.find(levels.substr(levels.rfind('/') + 1));
    if (epoch != epochs_.end()) tally_.new_connection(epoch->second);
    return;
  }
  tally_.received(message);
}

std::size_t Fleet::up() const {
  return static_cast<std::size_t>(std::ranges::count_if(gateways_, [](const auto& each) { return each->is_up(); }));
}

std::size_t Fleet::waiting() const {
  std::size_t out = 0;
  for (const auto& gateway : gateways_) out += gateway->waiting();
  return out;
}

void Fleet::look() {
  const auto connected = up();
  waves_.look(connected, core_.now());
  if (looks_++ % kLooksOfProgress == 0) {
    progress_(fmt::format("fleet: {} of {} up, {} connections tried, {} taken, {} messages received, {} chunks waiting",
                          connected, gateways_.size(), tried_, taken_, messages_, waiting()));
  }
  if (stopping_since_ && (waiting() == 0 || core_.now() - *stopping_since_ > kStopPatience)) return end();
  core_.post_at(core_.now() + kLookEvery, [this] { look(); });
}

void Fleet::stop() {
  if (stopping_since_) return;
  stopping_since_ = core_.now();
  for (auto& gateway : gateways_) gateway->end_measuring();
}

void Fleet::end() {
  for (auto& gateway : gateways_) gateway->stop({});
  core_.post_at(core_.now() + kGoodbyes, [this] { io_.stop(); });
}

FleetReport Fleet::report() {
  return {tally_.totals(tally_.last_position()), tried_, taken_, waiting(), waves_.waves()};
}

}  // namespace wayside::sim
