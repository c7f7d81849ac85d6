#include "config/downlink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace wayside::config {
namespace {

using model::OrderKind;

constexpr std::size_t kMostKeys = 8;
constexpr std::size_t kMostPrefixes = 8;
constexpr std::size_t kLongestPrefix = 200;

// None: queries of sensitive points, which are no kind of their own.
constexpr std::array kWords{
    Choice<std::optional<OrderKind>>{"write", OrderKind::write},
    Choice<std::optional<OrderKind>>{"alarms", OrderKind::alarms},
    Choice<std::optional<OrderKind>>{"log-level", OrderKind::log_level},
    Choice<std::optional<OrderKind>>{"query", OrderKind::query},
    Choice<std::optional<OrderKind>>{"config", OrderKind::config},
    Choice<std::optional<OrderKind>>{"query-sensitive", std::nullopt},
};
constexpr std::array kKinds{
    Choice<OrderKind>{"write", OrderKind::write},         Choice<OrderKind>{"alarms", OrderKind::alarms},
    Choice<OrderKind>{"log-level", OrderKind::log_level}, Choice<OrderKind>{"query", OrderKind::query},
    Choice<OrderKind>{"config", OrderKind::config},
};

void read_allow(const Value& list, DownlinkConfig& out) {
  for (const auto& item : list.items()) {
    const auto word = item.choice(kWords);
    if (!word) continue;
    const bool twice = *word ? std::ranges::find(out.allow, **word) != out.allow.end() : out.allow_sensitive;
    if (twice) item.problem(fmt::format("'{}' stands twice", item.raw()));
    if (*word) {
      out.allow.push_back(**word);
    } else {
      out.allow_sensitive = true;
    }
  }
  if (out.allow_sensitive && std::ranges::find(out.allow, OrderKind::query) == out.allow.end()) {
    list.problem("'query-sensitive' goes with 'query'");
  }
}

void read_keys(const Value& value, DownlinkConfig& out) {
  MapReader map(value);
  for (const auto& [name, file] : map.entries()) {
    DownlinkConfig::Key key;
    take(key.name, name.id());
    key.file = file.path();
    out.keys.push_back(std::move(key));
  }
  if (out.keys.empty() || out.keys.size() > kMostKeys) {
    value.expected(fmt::format("1 to {} keys: their names, and their files in PEM", kMostKeys));
  }
}

void read_answers(const Value& list, DownlinkConfig& out) {
  out.answers.clear();
  for (const auto& item : list.items()) {
    auto prefix = item.text();
    if (!prefix) continue;
    const bool own = prefix->starts_with("wayside/v1/");
    if (prefix->size() > kLongestPrefix || prefix->find_first_of("+#") != std::string::npos ||
        !prefix->ends_with('/')) {
      item.expected("the beginning of topics such as wayside/answer/, without wildcards");
    } else if (own) {
      item.problem("answers under 'wayside/v1/' would look like what a gateway says of itself, or like orders");
    }
    out.answers.push_back(*std::move(prefix));
  }
  if (list.is_list() && (out.answers.empty() || out.answers.size() > kMostPrefixes)) {
    list.expected(fmt::format("1 to {} beginnings of topics", kMostPrefixes));
  }
}

}  // namespace

DownlinkConfig read_downlink(const Value& value) {
  MapReader map(value);
  DownlinkConfig out;
  if (const auto v = map.need("allow")) read_allow(*v, out);
  if (const auto v = map.find("keys")) read_keys(*v, out);
  if (const auto v = map.find("needs_signature")) {
    if (!map.has("keys")) v->problem("'needs_signature' goes with 'keys'");
    for (const auto& item : v->items()) {
      if (const auto kind = item.choice(kKinds)) out.needs_signature.push_back(*kind);
    }
  } else if (map.has("keys")) {
    for (const auto kind : model::kOrderKinds) {
      if (kind != OrderKind::query) out.needs_signature.push_back(kind);
    }
  }
  if (const auto v = map.find("answers")) read_answers(*v, out);
  map.finish();
  return out;
}

}  // namespace wayside::config
