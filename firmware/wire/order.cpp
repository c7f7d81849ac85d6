#include "wire/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "wayside/v1/downlink.pb.h"
#include "wire/bundle_message.hpp"

namespace wayside::wire {
namespace {

constexpr std::size_t kSignatureBytes = 64;  // RFC 8032, 5.1.6
constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestName = 128;  // of a device, a point, a person, a key
constexpr std::size_t kLongestAlarm = 512;
constexpr std::size_t kLongestText = 1024;
constexpr std::int64_t kLongestSpan = std::int64_t{366} * 24 * 3600 * 1'000'000;
constexpr std::int64_t kLatestWall = std::int64_t{253402300800} * 1'000'000;  // the year 10000

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Texts of any script, without what would break a line.
bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; });
}

class Checker {
 public:
  void text(std::string_view field, const std::string& value, std::size_t most, bool needed) {
    if (value.empty() && needed) return problem(fmt::format("'{}' is missing", field));
    if (value.size() > most) return problem(fmt::format("'{}' has more than {} bytes", field, most));
    if (!is_line(value)) problem(fmt::format("'{}' has control characters", field));
  }
  void within(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value < least || value > most) problem(fmt::format("'{}' is {}: from {} to {}", field, value, least, most));
  }
  void problem(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

base::WallTime wall(std::int64_t us) { return base::WallTime{std::chrono::microseconds{us}}; }

model::WriteOrder read(const v1::WriteOrder& in, Checker& check) {
  check.text("write.device", in.device(), kLongestName, true);
  check.text("write.point", in.point(), kLongestName, true);
  model::WriteOrder out{model::DeviceId{in.device()}, in.point(), {}};
  switch (in.value_case()) {
    case v1::WriteOrder::kNumber:
      if (!std::isfinite(in.number())) check.problem("'write.number' is no finite number");
      out.value = in.number();
      break;
    case v1::WriteOrder::kText:
      check.text("write.text", in.text(), kLongestName, true);
      out.value = in.text();
      break;
    case v1::WriteOrder::kTruth: out.value = in.truth(); break;
    case v1::WriteOrder::VALUE_NOT_SET: check.problem("'write' has no value: number, text or truth"); break;
  }
  return out;
}

model::AlarmOrder read(const v1::AlarmOrder& in, Checker& check) {
  check.text("alarm.alarm", in.alarm(), kLongestAlarm, true);
  check.text("alarm.reason", in.reason(), kLongestText, false);
  check.within("alarm.span_us", in.span_us(), 0, kLongestSpan);
  if (in.verb() < v1::ALARM_ORDER_VERB_ACKNOWLEDGE || in.verb() > v1::ALARM_ORDER_VERB_PUT_IN_SERVICE) {
    check.problem(fmt::format("'alarm.verb' is {}: 1 to 6", static_cast<int>(in.verb())));
    return {};
  }
  return {static_cast<model::AlarmVerb>(static_cast<int>(in.verb()) - 1), in.alarm(), "", in.reason(),
          std::chrono::microseconds{in.span_us()}};
}

model::LogLevelOrder read(const v1::LogLevelOrder& in, Checker& check) {
  using base::log::Level;
  constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000;
  check.within("log_level.span_us", in.span_us(), 0, kHour);
  model::LogLevelOrder out;
  out.span = std::chrono::microseconds{in.span_us()};
  const std::pair<std::string_view, Level> levels[] = {
      {"debug", Level::debug}, {"info", Level::info}, {"warn", Level::warn}, {"error", Level::error}};
  for (const auto& [name, level] : levels) {
    if (in.level() != name) continue;
    out.level = level;
    return out;
  }
  check.problem("'log_level.level' is none of debug, info, warn, error");
  return out;
}

model::ConfigOrder read(const v1::ConfigOrder& in, Checker& check) {
  constexpr std::chrono::microseconds kUsual = std::chrono::minutes{5};
  check.text("config.reason", in.reason(), kLongestText, false);
  if (in.within_us() != 0) check.within("config.within_us", in.within_us(), 10'000'000, 86'400'000'000);
  model::ConfigOrder out{
      {}, in.version(), in.within_us() == 0 ? kUsual : std::chrono::microseconds{in.within_us()}, in.reason()};
  if (in.what_case() == v1::ConfigOrder::WHAT_NOT_SET) check.problem("'config' has neither a bundle nor a version");
  if (!in.has_bundle()) return out;
  auto bundle = bundle_of(in.bundle());
  if (!bundle) {
    check.problem("'config.bundle': " + bundle.error().what);
  } else {
    out.bundle = *std::move(bundle);
  }
  return out;
}

model::HistoryQuery read(const v1::HistoryQuery& in, Checker& check) {
  check.text("history.device", in.device(), kLongestName, true);
  check.text("history.point", in.point(), kLongestName, false);
  check.within("history.from_wall_us", in.from_wall_us(), 0, kLatestWall);
  check.within("history.until_wall_us", in.until_wall_us(), 0, kLatestWall);
  if (in.until_wall_us() <= in.from_wall_us()) check.problem("'history.until_wall_us' is not after 'from_wall_us'");
  return {model::DeviceId{in.device()}, in.point(), wall(in.from_wall_us()), wall(in.until_wall_us())};
}

}  // namespace

base::Result<SignedOrder> open_downlink(base::ByteView payload) {
  const auto corrupt = [](const char* what) {
    return base::Error{base::Errc::corrupt, base::Consequence::drop_record, what};
  };
  v1::Downlink message;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return corrupt("not a wayside.v1.Downlink");
  }
  if (message.order().empty()) return corrupt("'order' is missing");
  const auto& signature = message.signature();
  if (!signature.empty() && signature.size() != kSignatureBytes) {
    return base::invalid_argument(fmt::format("'signature' has {} bytes: Ed25519 has 64", signature.size()));
  }
  Checker check;
  check.text("key", message.key(), kLongestName, !signature.empty());
  if (!check.problem().empty()) return base::invalid_argument(check.problem());
  return SignedOrder{
      {message.order().begin(), message.order().end()}, {signature.begin(), signature.end()}, message.key()};
}

base::Bytes signed_message(base::ByteView order) {
  constexpr std::string_view kContext = "wayside.v1.Order";
  base::Bytes out(kContext.begin(), kContext.end());
  out.push_back(0);
  out.insert(out.end(), order.begin(), order.end());
  return out;
}

base::Result<model::Order> read_order(base::ByteView order) {
  v1::Order message;
  if (!message.ParseFromArray(order.data(), static_cast<int>(order.size()))) {
    return base::Error{base::Errc::corrupt, base::Consequence::drop_record, "'order' is not a wayside.v1.Order"};
  }
  Checker check;
  check.text("gateway", message.gateway(), kLongestName, true);
  check.text("by", message.by(), kLongestName, false);
  check.text("id", message.id(), kLongestId, false);
  if (!is_printable(message.id())) check.problem("'id' has characters that are not printable");
  check.within("issued_wall_us", message.issued_wall_us(), 0, kLatestWall);
  check.within("expires_wall_us", message.expires_wall_us(), 0, kLatestWall);
  model::Order out;
  out.gateway = message.gateway();
  out.id = message.id();
  out.by = message.by();
  if (message.issued_wall_us() != 0) out.issued = wall(message.issued_wall_us());
  if (message.expires_wall_us() != 0) out.expires = wall(message.expires_wall_us());
  switch (message.order_case()) {
    case v1::Order::kWrite: out.body = read(message.write(), check); break;
    case v1::Order::kAlarm: out.body = read(message.alarm(), check); break;
    case v1::Order::kLogLevel: out.body = read(message.log_level(), check); break;
    case v1::Order::kConfig: out.body = read(message.config(), check); break;
    case v1::Order::kPoints: {
      const auto& query = message.points();
      check.text("points.device", query.device(), kLongestName, true);
      check.text("points.point", query.point(), kLongestName, false);
      out.body = model::PointsQuery{model::DeviceId{query.device()}, query.point()};
      break;
    }
    case v1::Order::kAlarms: out.body = model::AlarmsQuery{}; break;
    case v1::Order::kHistory: out.body = read(message.history(), check); break;
    case v1::Order::ORDER_NOT_SET:
      return base::Error{base::Errc::not_found, base::Consequence::drop_record,
                         "it asks for nothing that this release knows"};
  }
  if (out.id.empty() && model::kind_of(out) != model::OrderKind::query) check.problem("'id' is missing");
  if (!check.problem().empty()) return base::invalid_argument(check.problem());
  return out;
}

std::string order_id(base::ByteView order) {
  v1::Order message;
  if (!message.ParseFromArray(order.data(), static_cast<int>(order.size()))) return "";
  return message.id().size() <= kLongestId && is_printable(message.id()) ? message.id() : "";
}

}  // namespace wayside::wire
