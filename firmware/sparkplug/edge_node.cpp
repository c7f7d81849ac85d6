#include "sparkplug/edge_node.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.hpp"

namespace wayside::sparkplug {
namespace {

constexpr std::string_view kBdSeq = "bdSeq";
constexpr std::string_view kRebirth = "Node Control/Rebirth";

Metric bd_seq_metric(std::uint8_t bd_seq, std::uint64_t now_ms) {
  return {std::string(kBdSeq), {}, DataType::int64, std::int64_t{bd_seq}, model::Quality::good, now_ms};
}

}  // namespace

EdgeNode::EdgeNode(Options options) : options_(std::move(options)) {
  WAYSIDE_ASSERT(is_valid_id(options_.id.group) && is_valid_id(options_.id.node));
  node_ = make_part(options_.metrics);
}

void EdgeNode::add_device(const std::string& device, std::vector<MetricSpec> metrics) {
  WAYSIDE_ASSERT(is_valid_id(device) && !devices_.contains(device));
  devices_.emplace(device, make_part(std::move(metrics)));
}

EdgeNode::Part EdgeNode::make_part(std::vector<MetricSpec> specs) {
  Part out;
  for (auto& spec : specs) out.metrics.push_back({std::move(spec), aliases_++, {}});
  return out;
}

Outgoing EdgeNode::begin(std::uint8_t bd_seq, std::uint64_t now_ms) {
  bd_seq_ = bd_seq;
  phase_ = Phase::away;
  host_timestamp_.reset();
  born_ms_.reset();
  return farewell(now_ms);
}

Outgoing EdgeNode::farewell(std::uint64_t now_ms) const {
  return {topic_of(Kind::ndeath, options_.id), encode({now_ms, {}, {bd_seq_metric(bd_seq_, now_ms)}})};
}

std::vector<std::string> EdgeNode::subscriptions() const {
  std::vector<std::string> out{topic_of(Kind::ncmd, options_.id), topic_of(Kind::dcmd, options_.id) + "/#"};
  if (!options_.primary_host.empty()) out.push_back(state_topic(options_.primary_host));
  return out;
}

std::vector<Outgoing> EdgeNode::connected(std::uint64_t now_ms) {
  phase_ = Phase::waiting;
  if (!options_.primary_host.empty()) return {};
  return births(now_ms);
}

std::vector<Outgoing> EdgeNode::births(std::uint64_t now_ms) {
  seq_ = 0;
  phase_ = Phase::born;
  born_ms_ = now_ms;
  Payload birth{now_ms, next_seq(), {bd_seq_metric(bd_seq_, now_ms)}};
  birth.metrics.push_back({std::string(kRebirth), {}, DataType::boolean, false, model::Quality::good, now_ms});
  for (const auto& held : node_.metrics) {
    birth.metrics.push_back({held.spec.name, held.alias, held.spec.type, held.value, held.quality,
                             held.timestamp_ms == 0 ? now_ms : held.timestamp_ms});
  }
  std::vector<Outgoing> out{{topic_of(Kind::nbirth, options_.id), encode(birth)}};
  for (auto& [device, part] : devices_) {
    part.told = false;
    if (part.alive) out.push_back(device_birth(device, part, now_ms));
  }
  return out;
}

Outgoing EdgeNode::device_birth(const std::string& device, Part& part, std::uint64_t now_ms) {
  part.told = true;
  Payload birth{now_ms, next_seq(), {}};
  for (const auto& held : part.metrics) {
    birth.metrics.push_back({held.spec.name, held.alias, held.spec.type, held.value, held.quality,
                             held.timestamp_ms == 0 ? now_ms : held.timestamp_ms});
  }
  return {topic_of(Kind::dbirth, options_.id, device), encode(birth)};
}

DataType EdgeNode::type_for(const Held& held, const model::Value& value, bool told) {
  const auto type = held.spec.type;
  const bool first = !told && std::holds_alternative<std::monostate>(held.value) && type == DataType::float64;
  if (std::holds_alternative<std::string>(value)) return DataType::text;
  if (std::holds_alternative<std::monostate>(value)) return type;
  if (std::holds_alternative<bool>(value)) return first || type == DataType::text ? DataType::boolean : type;
  if (std::holds_alternative<std::int64_t>(value)) {
    return first || type == DataType::text || type == DataType::boolean ? DataType::int64 : type;
  }
  const bool whole = type == DataType::int64 && std::get<double>(value) == std::floor(std::get<double>(value));
  return whole ? type : DataType::float64;
}

std::vector<Outgoing> EdgeNode::data(const std::string& device, const std::vector<Update>& updates,
                                     std::uint64_t now_ms, bool historical) {
  const auto found = devices_.find(device);
  if (!device.empty() && found == devices_.end()) return {};
  auto& part = device.empty() ? node_ : found->second;
  const bool told = phase_ == Phase::born && (device.empty() || part.told);
  Payload payload{now_ms, {}, {}};
  bool other_type = false;
  for (const auto& update : updates) {
    auto& held = part.metrics.at(update.metric);
    const auto type = type_for(held, update.value, told);
    other_type = other_type || type != held.spec.type;
    held.spec.type = type;
    const bool news = historical || held.value != update.value || held.quality != update.quality;
    if (news) {
      payload.metrics.push_back({{}, held.alias, {}, update.value, update.quality, update.timestamp_ms, historical});
      // The type stands in the birth; the value is written as that all the same.
      payload.metrics.back().written_as = held.spec.type;
    }
    if (historical) continue;
    held.value = update.value;
    held.quality = update.quality;
    held.timestamp_ms = update.timestamp_ms;
  }
  if (!told) return {};
  if (other_type) return device.empty() ? births(now_ms) : std::vector{device_birth(device, part, now_ms)};
  if (payload.metrics.empty()) return {};
  // In the order in which it was measured.
  std::ranges::stable_sort(payload.metrics, {}, &Metric::timestamp_ms);
  payload.seq = next_seq();
  return {{topic_of(device.empty() ? Kind::ndata : Kind::ddata, options_.id, device), encode(payload)}};
}

std::vector<Outgoing> EdgeNode::device_alive(const std::string& device, bool alive, std::uint64_t now_ms) {
  const auto found = devices_.find(device);
  if (found == devices_.end()) return {};
  auto& part = found->second;
  part.alive = alive;
  if (phase_ != Phase::born || part.told == alive) return {};
  if (alive) return {device_birth(device, part, now_ms)};
  part.told = false;
  return {{topic_of(Kind::ddeath, options_.id, device), encode({now_ms, next_seq(), {}})}};
}

Reaction EdgeNode::heard(std::string_view topic, base::ByteView payload, std::uint64_t now_ms) {
  Reaction out;
  if (phase_ == Phase::away) return out;
  if (!options_.primary_host.empty() && topic == state_topic(options_.primary_host)) {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (const auto state = parse_host_state(text)) hear_host(*state, now_ms, out);
    return out;
  }
  if (const auto command = parse_command_topic(topic, options_.id)) {
    hear_command(command->device, payload, now_ms, out);
  }
  return out;
}

void EdgeNode::hear_host(const HostState& state, std::uint64_t now_ms, Reaction& out) {
  // An older word comes late: what was said after it holds.
  if (host_timestamp_ && state.timestamp_ms < *host_timestamp_) return;
  host_timestamp_ = state.timestamp_ms;
  if (state.online && phase_ == Phase::waiting) {
    out.publish = births(now_ms);
  } else if (!state.online && phase_ == Phase::born) {
    out.publish = {farewell(now_ms)};
    out.disconnect = true;
    phase_ = Phase::away;
  }
}

void EdgeNode::hear_command(const std::string& device, base::ByteView payload, std::uint64_t now_ms, Reaction& out) {
  const auto asked = decode_command(payload);
  if (!asked || phase_ != Phase::born) return;
  const auto found = devices_.find(device);
  if (!device.empty() && found == devices_.end()) return;
  const auto& metrics = device.empty() ? node_.metrics : found->second.metrics;
  for (const auto& one : *asked) {
    if (device.empty() && one.name == kRebirth) {
      const bool yes = one.value == model::Value(true);
      const bool soon = born_ms_ && now_ms < *born_ms_ + options_.least_rebirth_ms;
      if (yes && !soon && out.publish.empty()) out.publish = births(now_ms);
      continue;
    }
    const auto known = std::ranges::find_if(metrics, [&one](const Held& held) {
      return one.name.empty() ? one.alias == held.alias : one.name == held.spec.name;
    });
    if (known != metrics.end()) out.commands.push_back({device, known->spec.name, one.value});
  }
}

}  // namespace wayside::sparkplug
