#include "sparkplug/payload.hpp"

#include <cmath>

#include "sparkplug/b/v1/payload.pb.h"

namespace wayside::sparkplug {
namespace {

namespace wire = ::sparkplug::b::v1;

constexpr std::int32_t kGood = 192;
constexpr std::int32_t kStale = 500;
constexpr std::int32_t kBad = 0;
constexpr std::uint32_t kInt32 = 3;  // DataType of the property Quality

DataType natural(const model::Value& value) {
  if (std::holds_alternative<bool>(value)) return DataType::boolean;
  if (std::holds_alternative<std::int64_t>(value)) return DataType::int64;
  if (std::holds_alternative<std::string>(value)) return DataType::text;
  return DataType::float64;
}

// False: it has no value of that type.
bool fill_value(wire::Metric& out, const model::Value& value, DataType type) {
  const auto number = model::as_number(value);
  switch (type) {
    case DataType::boolean:
      if (!number) return false;
      out.set_boolean_value(*number != 0);
      return true;
    case DataType::int64:
    case DataType::uint64: {
      constexpr double kMost = 9'223'372'036'854'774'784.0;  // the largest double below 2^63
      if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        if (type == DataType::uint64 && *whole < 0) return false;
        out.set_long_value(static_cast<std::uint64_t>(*whole));
        return true;
      }
      const double least = type == DataType::uint64 ? 0 : -kMost;
      if (!number || !(*number >= least && *number <= kMost)) return false;
      out.set_long_value(static_cast<std::uint64_t>(std::llround(*number)));
      return true;
    }
    case DataType::float64:
      if (!number || !std::isfinite(*number)) return false;
      out.set_double_value(*number);
      return true;
    case DataType::text:
      if (const auto* text = std::get_if<std::string>(&value)) {
        out.set_string_value(*text);
      } else if (std::holds_alternative<std::monostate>(value)) {
        return false;
      } else {
        out.set_string_value(model::to_string(value));
      }
      return true;
  }
  return false;
}

void fill(wire::Metric& out, const Metric& metric) {
  if (!metric.name.empty()) out.set_name(metric.name);
  if (metric.alias) out.set_alias(*metric.alias);
  out.set_timestamp(metric.timestamp_ms);
  const auto type = metric.type.value_or(metric.written_as.value_or(natural(metric.value)));
  if (metric.type) out.set_datatype(static_cast<std::uint32_t>(type));
  if (metric.historical) out.set_is_historical(true);
  if (!fill_value(out, metric.value, type)) out.set_is_null(true);
  if (metric.quality == model::Quality::good) return;
  auto& properties = *out.mutable_properties();
  properties.add_keys("Quality");
  auto& quality = *properties.add_values();
  quality.set_type(kInt32);
  quality.set_int_value(static_cast<std::uint32_t>(sparkplug_quality(metric.quality)));
}

model::Value value_of(const wire::Metric& metric) {
  if (metric.is_null()) return {};
  switch (metric.value_case()) {
    case wire::Metric::kIntValue: {
      constexpr std::uint32_t kInt8 = 1;
      const bool is_signed = metric.has_datatype() && metric.datatype() >= kInt8 && metric.datatype() <= kInt32;
      return is_signed ? std::int64_t{static_cast<std::int32_t>(metric.int_value())}
                       : static_cast<std::int64_t>(metric.int_value());
    }
    case wire::Metric::kLongValue: return static_cast<std::int64_t>(metric.long_value());
    case wire::Metric::kFloatValue: return static_cast<double>(metric.float_value());
    case wire::Metric::kDoubleValue: return metric.double_value();
    case wire::Metric::kBooleanValue: return metric.boolean_value();
    case wire::Metric::kStringValue: return metric.string_value();
    case wire::Metric::kBytesValue:
    case wire::Metric::VALUE_NOT_SET: break;
  }
  return {};
}

}  // namespace

std::int32_t sparkplug_quality(model::Quality quality) {
  if (model::is_good(quality)) return kGood;
  return model::is_bad(quality) ? kBad : kStale;
}

base::Bytes encode(const Payload& payload) {
  wire::Payload out;
  if (payload.timestamp_ms) out.set_timestamp(*payload.timestamp_ms);
  if (payload.seq) out.set_seq(*payload.seq);
  for (const auto& metric : payload.metrics) fill(*out.add_metrics(), metric);
  const auto bytes = out.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

std::optional<std::vector<Asked>> decode_command(base::ByteView bytes) {
  wire::Payload in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  std::vector<Asked> out;
  for (const auto& metric : in.metrics()) {
    Asked asked{metric.name(), std::nullopt, value_of(metric)};
    if (metric.has_alias()) asked.alias = metric.alias();
    out.push_back(std::move(asked));
  }
  return out;
}

}  // namespace wayside::sparkplug
