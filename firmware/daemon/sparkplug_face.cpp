#include "daemon/sparkplug_face.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {

// Sparkplug's commands do not say how long they live: one that does not get to its device soon is dead.
constexpr auto kLives = std::chrono::seconds{10};

std::uint64_t ms(base::WallTime wall) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(wall.time_since_epoch().count() / 1000, 0));
}

}  // namespace

SparkplugFace::SparkplugFace(Parts parts, const std::vector<ports::StateEntry>& stored) : parts_(std::move(parts)) {
  for (const auto& entry : stored) {
    if (entry.key == kKey && entry.value.size() == 1) next_bd_seq_ = sparkplug::EdgeNode::next_bd_seq(entry.value[0]);
  }
  make_node();
  auto options = std::move(parts_.link);
  options.connect.clean_start = true;
  options.connect.session_expiry = std::chrono::seconds{0};
  options.prepare = [this](uplink::LinkOptions::Prepared prepared) { prepare(std::move(prepared)); };
  options.announcements = [this] { return births(); };
  options.subscriptions = node_->subscriptions();
  options.received = [this](const ports::MqttMessage& message) { received(message); };
  link_ = std::make_unique<uplink::Link>(std::move(options), parts_.sessions, parts_.core, parts_.random);
}

SparkplugFace::~SparkplugFace() = default;

// The gateway's own points are the node's, all others those of their device.
std::string SparkplugFace::device_of(const std::string& device) const {
  return device == parts_.gateway.id.value ? std::string() : device;
}

void SparkplugFace::make_node() {
  std::map<std::string, std::vector<sparkplug::MetricSpec>> specs;
  for (std::size_t i = 0; i < parts_.points.size(); ++i) {
    const auto point = static_cast<model::PointHandle>(i);
    const auto& info = parts_.points.info(point);
    if (!parts_.config.classes.at(static_cast<std::size_t>(info.data_class))) continue;
    const auto device = device_of(info.device.value);
    auto& of_device = specs[device];
    const auto type = info.values.empty() ? sparkplug::DataType::float64 : sparkplug::DataType::int64;
    places_[point] = {device, of_device.size()};
    of_device.push_back({info.name, type});
  }
  sparkplug::EdgeNode::Options options;
  options.id = {parts_.config.group, parts_.config.node};
  options.primary_host = parts_.config.primary_host;
  if (const auto own = specs.find(""); own != specs.end()) options.metrics = own->second;
  node_ = std::make_unique<sparkplug::EdgeNode>(std::move(options));
  for (auto& [device, metrics] : specs) {
    if (device.empty()) continue;
    node_->add_device(device, std::move(metrics));
    unseen_.insert(device);
  }
}

void SparkplugFace::start() {
  prime();
  link_->start(*this);
}

// What is known already, where this takes over from a gateway of another configuration.
void SparkplugFace::prime() {
  for (const auto& [point, place] : places_) {
    const auto& newest = parts_.points.newest(point);
    if (newest.quality == model::Quality::uncertain_initial_value) continue;
    unseen_.erase(place.device);
    (void)node_->data(place.device, {{place.metric, newest.value, newest.quality, ms_of(newest.at)}}, now_ms());
  }
  const auto& devices = parts_.gateway.devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (parts_.judge.device(i).communicating) (void)node_->device_alive(devices[i].id.value, true, now_ms());
  }
}

void SparkplugFace::stop(base::Task done) { link_->stop(std::move(done)); }

// A number is used once: it is durable before the broker sees it. A store that cannot take it holds nothing up.
void SparkplugFace::prepare(uplink::LinkOptions::Prepared prepared) {
  const auto bd_seq = std::exchange(next_bd_seq_, sparkplug::EdgeNode::next_bd_seq(next_bd_seq_));
  ports::Commit commit;
  commit.state.push_back({kSpace, kKey, base::Bytes{bd_seq}});
  parts_.outbox.commit(std::move(commit), [this, bd_seq, alive = std::weak_ptr(alive_), prepared = std::move(prepared)](
                                              const base::Result<std::vector<ports::StoredKey>>& stored) {
    if (alive.expired()) return;
    if (!stored) base::log::warn("sparkplug.bd_seq_not_stored", {{"what", stored.error().what}});
    waiting_.clear();
    auto will = node_->begin(bd_seq, now_ms());
    prepared({std::move(will.topic), std::move(will.payload), false, ""});
  });
}

std::vector<ports::MqttMessage> SparkplugFace::births() {
  std::vector<ports::MqttMessage> out;
  for (auto& birth : node_->connected(now_ms())) {
    ports::MqttMessage message{std::move(birth.topic), std::move(birth.payload), false, ""};
    message.qos = 0;
    out.push_back(std::move(message));
  }
  if (!out.empty()) ++counters_.births;
  return out;
}

void SparkplugFace::link_up(const ports::MqttConnected& /*broker*/) { publish(std::exchange(waiting_, {})); }

void SparkplugFace::link_down() { node_->disconnected(); }

void SparkplugFace::saw(const model::Event& event) {
  if (const auto* status = std::get_if<model::DeviceStatus>(&event.body)) {
    // Births tell types and values: the first one waits for them.
    if (status->communicating && unseen_.contains(status->device.value)) return;
    return publish(node_->device_alive(status->device.value, status->communicating, now_ms()));
  }
  const auto* telemetry = std::get_if<model::Telemetry>(&event.body);
  if (telemetry == nullptr) return;
  std::map<std::string, std::vector<sparkplug::Update>> updates;
  for (const auto& reading : telemetry->readings) {
    const auto place = places_.find(reading.point);
    if (place == places_.end()) continue;
    // With bad quality the last usable value stands, as everywhere.
    const auto& value = std::holds_alternative<std::monostate>(reading.value)
                            ? parts_.points.newest(reading.point).value
                            : reading.value;
    updates[place->second.device].push_back({place->second.metric, value, reading.quality, ms_of(reading.at)});
  }
  for (const auto& [device, of_device] : updates) {
    publish(node_->data(device, of_device, now_ms()));
    if (unseen_.erase(device) > 0) publish(node_->device_alive(device, true, now_ms()));
  }
}

void SparkplugFace::publish(std::vector<sparkplug::Outgoing> messages) {
  // A connection that ended before it was up: nothing of it counts.
  if (!link_->is_connected() && !messages.empty()) return node_->disconnected();
  for (auto& one : messages) {
    if (!link_->is_up()) {
      waiting_.push_back(std::move(one));
      continue;
    }
    ports::MqttMessage message{std::move(one.topic), std::move(one.payload), false, ""};
    message.qos = 0;
    ++counters_.messages;
    link_->publish(std::move(message), {});
  }
}

void SparkplugFace::received(const ports::MqttMessage& message) {
  const bool was_born = node_->is_born();
  auto reaction = node_->heard(message.topic, message.payload, now_ms());
  if (!reaction.publish.empty() && node_->is_born()) ++counters_.births;
  // Where it is left, the session's close says the death.
  if (!reaction.disconnect) publish(std::move(reaction.publish));
  if (!was_born && node_->is_born()) base::log::info("sparkplug.born", {{"host", parts_.config.primary_host}});
  for (const auto& command : reaction.commands) carry_out(command);
  if (reaction.disconnect) {
    link_->renew("the primary host " + parts_.config.primary_host + " is offline", uplink::Link::Next::next_broker);
  }
}

// As an order of the platform (pipeline/downlink): Sparkplug has no signature, and no answer but the measured value.
void SparkplugFace::carry_out(const sparkplug::DeviceCommand& command) {
  const model::DeviceId device{command.device.empty() ? parts_.gateway.id.value : command.device};
  const model::Asker by{"platform", "sparkplug"};
  const auto target = model::point_id(device, command.metric);
  const auto refuse = [&](const std::string& why) {
    ++counters_.refused;
    base::log::warn("sparkplug.refused", {{"target", target}, {"why", why}});
    parts_.judge.audit(
        {model::AuditOrigin::platform, by.text(), "write", target, std::string(model::kAuditRefused), why, "", ""});
  };
  if (!parts_.may_write) {
    return refuse("'uplink.downlink.allow' does not name 'write', or it needs a signature, which Sparkplug has not");
  }
  if (std::holds_alternative<std::monostate>(command.value)) return refuse("a value that is null, or of another type");
  ++counters_.commands;
  const auto id = fmt::format("sparkplug-{}-{}", now_ms(), ++commands_given_);
  parts_.commander.submit(
      {id, device, command.metric, command.value, model::CommandOrigin::platform, by, kLives},
      [target](const model::CommandResult& result) {
        base::log::info("sparkplug.command", {{"target", target}, {"outcome", model::to_string(result.outcome)}});
      });
}

std::uint64_t SparkplugFace::now_ms() const { return ms(parts_.clock.wall_now()); }

std::uint64_t SparkplugFace::ms_of(base::BootTime at) const {
  // While the clock was never trusted it is all there is.
  const auto wall = parts_.time.wall_of(at);
  return ms(wall ? *wall : parts_.clock.wall_now() - (parts_.clock.boot_now() - at));
}

}  // namespace wayside::daemon
