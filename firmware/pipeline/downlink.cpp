#include "pipeline/downlink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/nearest.hpp"

namespace wayside::pipeline {
namespace {

using model::AnswerOutcome;
using model::OrderKind;

constexpr const char* kType = "application/x-protobuf";
constexpr std::size_t kLongestTopic = 256;
constexpr std::size_t kLongestCorrelation = 256;
constexpr std::size_t kMostAlarms = 200;
constexpr std::size_t kMostPoints = 1000;
constexpr auto kUsualLevelSpan = std::chrono::minutes{10};
constexpr auto kLongestLife = Commander::kLongestLife;

constexpr std::size_t at(OrderKind kind) { return static_cast<std::size_t>(kind); }

AnswerOutcome outcome_of(const model::CommandResult& result) {
  switch (result.outcome) {
    case model::CommandOutcome::done: return AnswerOutcome::done;
    case model::CommandOutcome::refused: return AnswerOutcome::refused;
    case model::CommandOutcome::expired: return AnswerOutcome::expired;
    case model::CommandOutcome::not_fulfilled:
    case model::CommandOutcome::failed:
    case model::CommandOutcome::interrupted: break;
  }
  return AnswerOutcome::not_done;
}

std::string target_of(const model::Order& order) {
  if (const auto* write = std::get_if<model::WriteOrder>(&order.body)) {
    return model::point_id(write->device, write->point);
  }
  if (const auto* alarm = std::get_if<model::AlarmOrder>(&order.body)) return alarm->alarm;
  if (const auto* points = std::get_if<model::PointsQuery>(&order.body)) return points->device.value;
  if (const auto* history = std::get_if<model::HistoryQuery>(&order.body)) return history->device.value;
  return "";
}

bool is_topic_name(std::string_view topic) {
  return !topic.empty() && topic.size() <= kLongestTopic && std::ranges::none_of(topic, [](char c) {
    return c == '+' || c == '#' || static_cast<unsigned char>(c) < ' ';
  });
}

}  // namespace

Downlink::Downlink(Parts parts) : parts_(std::move(parts)), filled_(parts_.core.now()) {
  if (parts_.historian != nullptr) history_.emplace(*parts_.historian);
}

Downlink::~Downlink() {
  if (level_timer_ == base::TimerId::none) return;
  parts_.core.cancel(level_timer_);
  base::log::set_level(parts_.usual_level);
}

bool Downlink::may_come(base::BootTime now) {
  tokens_ += std::chrono::duration<double>(now - filled_).count() * kPerSecond;
  tokens_ = std::min(tokens_, static_cast<double>(kMostAtOnce));
  filled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Downlink::received(const ports::MqttMessage& message) {
  ++counters_.received;
  if (!may_come(parts_.core.now())) {
    ++counters_.dropped;
    base::log::warn("downlink.too_many", {{"topic", message.topic}});
    return;
  }
  Asked asked{"", message.response_topic, message.correlation};
  Checked checked;
  const auto refusal = check(message, checked);
  asked.id = checked.order.id;
  if (refusal) return refuse(checked, asked, *refusal);
  if (auto before = parts_.audit.find_order(asked.id); before && model::kind_of(checked.order) != OrderKind::write) {
    ++counters_.again;
    return answer(asked, {asked.id, AnswerOutcome::done, "carried out before: " + before->detail});
  }
  std::visit([&](const auto& body) { carry_out(body, checked, asked); }, checked.order.body);
}

std::optional<Downlink::Refusal> Downlink::check(const ports::MqttMessage& message, Checked& out) {
  const auto refused = [](std::string why) { return Refusal{AnswerOutcome::refused, std::move(why)}; };
  out.by.account = "platform";
  const auto opened = wire::open_downlink(message.payload);
  if (!opened) return Refusal{AnswerOutcome::malformed, opened.error().what};
  auto order = wire::read_order(opened->order);
  if (!order) {
    out.order.id = wire::order_id(opened->order);
    const bool unknown = order.error().code == base::Errc::not_found;
    return Refusal{unknown ? AnswerOutcome::unknown : AnswerOutcome::malformed, order.error().what};
  }
  out.order = std::move(*order);
  out.by.name = out.order.by;
  const auto kind = model::kind_of(out.order);
  // The broker would bring it again with each connection.
  if (message.retain) return refused("a retained message is no order");
  if (out.order.gateway != parts_.gateway.value) {
    return refused(fmt::format("it is for gateway '{}'", out.order.gateway));
  }
  const auto topic = kind == OrderKind::query ? parts_.topics.query() : parts_.topics.command();
  if (message.topic != topic) return refused("it belongs on " + topic);
  if (!parts_.rules.allowed[at(kind)]) {
    return refused(fmt::format("'uplink.downlink.allow' of this gateway does not name '{}'", model::to_string(kind)));
  }
  if (auto refusal = check_signature(*opened, out)) return refusal;
  return check_time(message, !opened->signature.empty(), out);
}

// A signature that is there must be right, whether it is needed or not.
std::optional<Downlink::Refusal> Downlink::check_signature(const wire::SignedOrder& opened, Checked& out) {
  const auto kind = model::kind_of(out.order);
  if (opened.signature.empty()) {
    if (!parts_.rules.needs_signature[at(kind)]) return std::nullopt;
    return Refusal{AnswerOutcome::refused,
                   fmt::format("this gateway takes '{}' only with a signature", model::to_string(kind))};
  }
  if (!parts_.verify) return Refusal{AnswerOutcome::refused, "this gateway knows no keys"};
  const auto right = parts_.verify(opened.key, wire::signed_message(opened.order), opened.signature);
  if (!right) return Refusal{AnswerOutcome::refused, right.error().what};
  out.by.account = "platform/" + opened.key;
  return std::nullopt;
}

std::optional<Downlink::Refusal> Downlink::check_time(const ports::MqttMessage& message, bool is_signed, Checked& out) {
  const auto& order = out.order;
  const auto refused = [](std::string why) { return Refusal{AnswerOutcome::refused, std::move(why)}; };
  const Refusal expired{AnswerOutcome::expired, "its time was over when it came"};
  const bool changes = model::kind_of(order) != OrderKind::query;
  const bool knows_time = parts_.clock.wall_trusted();
  const auto now = parts_.clock.wall_now();
  auto lives = std::chrono::microseconds{kLongestLife};
  bool told = false;
  if (message.expiry) {
    told = true;
    lives = std::min<std::chrono::microseconds>(lives, *message.expiry);
  }
  if (is_signed) {
    // An old one that someone recorded must not be carried out again.
    if (!order.issued || !order.expires) return refused("a signed order tells 'issued_wall_us' and 'expires_wall_us'");
    if (!knows_time)
      return refused("the gateway's clock is not known to be right: it cannot tell a new order from an old");
    if (*order.issued > now + kAhead) return refused("it was issued in the future, by the gateway's clock");
    if (*order.expires - *order.issued > kLongestSigned)
      return refused("a signed order lives for ten minutes at the most");
  }
  if (order.expires && knows_time) {
    told = true;
    lives = std::min<std::chrono::microseconds>(lives, *order.expires - now);
  } else if (order.expires && !told) {
    return refused("the gateway's clock is not known to be right: send it with a message expiry interval");
  }
  if (lives.count() <= 0) return expired;
  if (changes && !told)
    return refused("it does not say when it expires: 'expires_wall_us', or a message expiry interval");
  out.lives = lives;
  return std::nullopt;
}

void Downlink::carry_out(const model::WriteOrder& write, const Checked& checked, const Asked& asked) {
  auto data_class = model::DataClass::internal;
  if (const auto point = parts_.points.find(write.device, write.point)) {
    data_class = model::highest(data_class, parts_.points.info(*point).data_class);
  }
  model::CommandOrder order{asked.id,   write.device, write.point, write.value, model::CommandOrigin::platform,
                            checked.by, checked.lives};
  parts_.commander.submit(std::move(order), [this, asked, data_class](const model::CommandResult& result) {
    answer(asked, {result.id, outcome_of(result), result.reason, result}, data_class);
  });
}

void Downlink::carry_out(const model::AlarmOrder& wanted, const Checked& checked, const Asked& asked) {
  auto alarm = wanted;
  alarm.by = checked.by.text();
  alarm.origin = model::AuditOrigin::platform;
  alarm.order = asked.id;
  parts_.judge.carry_out(alarm, [this, asked](base::Result<model::AlarmRecord> record) {
    if (!record) return answer(asked, {asked.id, AnswerOutcome::refused, record.error().what});
    const auto data_class = model::highest(model::DataClass::internal, record->data_class);
    wire::AlarmList list;
    list.alarms.push_back(std::move(*record));
    answer(asked, {asked.id, AnswerOutcome::done, "", std::move(list)}, data_class);
  });
}

void Downlink::carry_out(const model::LogLevelOrder& level, const Checked& checked, const Asked& asked) {
  const auto span = level.span.count() > 0 ? level.span : kUsualLevelSpan;
  if (level_timer_ != base::TimerId::none) parts_.core.cancel(level_timer_);
  base::log::set_level(level.level);
  level_timer_ = parts_.core.post_at(parts_.core.now() + span, [this] {
    level_timer_ = base::TimerId::none;
    base::log::set_level(parts_.usual_level);
    base::log::info("log.level", {{"what", "as configured"}});
  });
  const auto what = fmt::format("{} for {} s", base::log::to_string(level.level), span.count() / 1'000'000);
  parts_.judge.audit({model::AuditOrigin::platform, checked.by.text(), "log level", "", std::string(model::kAuditDone),
                      what, asked.id, ""});
  answer(asked, {asked.id, AnswerOutcome::done, what});
}

void Downlink::carry_out(const model::ConfigOrder& config, const Checked& checked, const Asked& asked) {
  if (!parts_.take) return refuse(checked, asked, {AnswerOutcome::unknown, "this gateway takes no configurations"});
  parts_.take(config, checked.by, [this, asked](base::Result<wire::ConfigTaken> taken) {
    if (!taken) return answer(asked, {asked.id, AnswerOutcome::refused, taken.error().what});
    const bool wrong = !taken->problems.empty();
    const auto why = wrong ? fmt::format("{} problems, the first: {}", taken->problems.size(), taken->problems.front())
                     : taken->version == 0 ? std::string("nothing differs from what is at work")
                                           : std::string();
    answer(asked, {asked.id, wrong ? AnswerOutcome::refused : AnswerOutcome::done, why, *std::move(taken)});
  });
}

void Downlink::carry_out(const model::PointsQuery& query, const Checked& checked, const Asked& asked) {
  wire::PointValues values{query.device, {}};
  auto data_class = model::DataClass::open;
  std::vector<std::string> names;
  bool known = false;
  bool hidden = false;
  for (std::size_t i = 0; i < parts_.points.size(); ++i) {
    const auto point = static_cast<model::PointHandle>(i);
    const auto& info = parts_.points.info(point);
    if (info.device != query.device) continue;
    known = true;
    names.push_back(info.name);
    if (!query.point.empty() && info.name != query.point) continue;
    if (info.data_class == model::DataClass::sensitive && !parts_.rules.sensitive) {
      hidden = true;
      continue;
    }
    if (values.values.size() >= kMostPoints) break;
    const auto& newest = parts_.points.newest(point);
    const bool read = newest.quality != model::Quality::uncertain_initial_value;
    data_class = model::highest(data_class, info.data_class);
    values.values.push_back(
        {info.name, newest.value, newest.quality, read ? std::optional(newest.at) : std::nullopt, info.unit});
  }
  if (!values.values.empty()) return answer(asked, {asked.id, AnswerOutcome::done, "", std::move(values)}, data_class);
  std::string why = fmt::format("no device '{}'", query.device.value);
  if (known)
    why = fmt::format("{} has no point '{}'{}", query.device.value, query.point, base::hint(query.point, names));
  if (hidden) why = "'uplink.downlink.allow' of this gateway does not name 'query-sensitive'";
  refuse(checked, asked, {AnswerOutcome::refused, why});
}

void Downlink::carry_out(const model::AlarmsQuery& /*query*/, const Checked& /*checked*/, const Asked& asked) {
  wire::AlarmList list;
  auto data_class = model::DataClass::open;
  auto alarms = parts_.alarms();
  std::erase_if(alarms, [](const auto& alarm) { return alarm.state == model::AlarmState::normal; });
  std::ranges::stable_sort(alarms, std::ranges::greater{}, &model::AlarmRecord::severity);
  for (auto& alarm : alarms) {
    const bool hidden = alarm.data_class == model::DataClass::sensitive && !parts_.rules.sensitive;
    if (hidden || list.alarms.size() >= kMostAlarms) {
      ++list.more;
      continue;
    }
    data_class = model::highest(data_class, alarm.data_class);
    list.alarms.push_back(std::move(alarm));
  }
  answer(asked, {asked.id, AnswerOutcome::done, "", std::move(list)}, data_class);
}

void Downlink::carry_out(const model::HistoryQuery& query, const Checked& checked, const Asked& asked) {
  if (!history_) return refuse(checked, asked, {AnswerOutcome::unknown, "this gateway has no history to ask for"});
  if (!parts_.rules.sensitive && parts_.historian->is_sensitive(query.device, query.point)) {
    return refuse(checked, asked,
                  {AnswerOutcome::refused, "'uplink.downlink.allow' of this gateway does not name 'query-sensitive'"});
  }
  if (!history_->may_begin()) {
    return refuse(checked, asked,
                  {AnswerOutcome::refused,
                   fmt::format("{} history queries are being answered already: ask again when one is done",
                               HistoryOrders::kMostAtOnce)});
  }
  history_->begin(asked.id, query, parts_.rules.sensitive,
                  [this, asked](wire::Answer page, model::DataClass data_class, Answers::Done done) {
                    answer(asked, std::move(page), data_class, std::move(done));
                  });
}

void Downlink::refuse(const Checked& checked, const Asked& asked, const Refusal& refusal) {
  base::log::warn("downlink.refused", {{"id", asked.id}, {"by", checked.by.text()}, {"why", refusal.reason}});
  parts_.judge.audit({model::AuditOrigin::platform, checked.by.text(),
                      refusal.outcome == AnswerOutcome::malformed
                          ? "unreadable order"
                          : std::string(model::to_string(model::kind_of(checked.order))),
                      target_of(checked.order), std::string(model::kAuditRefused),
                      fmt::format("{}: {}", model::to_string(refusal.outcome), refusal.reason), asked.id, ""});
  answer(asked, {asked.id, refusal.outcome, refusal.reason});
}

void Downlink::answer(const Asked& asked, wire::Answer answer, model::DataClass data_class, Answers::Done done) {
  count(answer.outcome);
  const bool usable = is_topic_name(asked.response_topic) && asked.correlation.size() <= kLongestCorrelation &&
                      std::ranges::any_of(parts_.rules.answers, [&asked](const auto& prefix) {
                        return asked.response_topic.starts_with(prefix);
                      });
  if (!usable && !asked.response_topic.empty()) {
    base::log::warn("downlink.response_topic", {{"id", asked.id}, {"why", "not under 'uplink.downlink.answers'"}});
  }
  const auto now = parts_.core.now();
  ports::MqttMessage message{
      usable ? asked.response_topic : parts_.topics.answer(data_class),
      wire::encode_answer({parts_.gateway, parts_.time.boot(), parts_.time.base_for(parts_.time.boot(), now)}, answer),
      false, kType};
  if (usable) message.correlation = asked.correlation;
  parts_.answers.send(std::move(message), std::move(done));
}

void Downlink::count(AnswerOutcome outcome) {
  switch (outcome) {
    case AnswerOutcome::done: ++counters_.done; break;
    case AnswerOutcome::refused: ++counters_.refused; break;
    case AnswerOutcome::malformed:
    case AnswerOutcome::unknown: ++counters_.malformed; break;
    case AnswerOutcome::not_done:
    case AnswerOutcome::expired: ++counters_.other; break;
  }
}

}  // namespace wayside::pipeline
