#include "sparkplug/topics.hpp"

#include <fmt/format.h>

#include <charconv>

namespace wayside::sparkplug {
namespace {

constexpr std::string_view kNamespace = "spBv1.0";

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::nbirth: return "NBIRTH";
    case Kind::ndeath: return "NDEATH";
    case Kind::ndata: return "NDATA";
    case Kind::ncmd: return "NCMD";
    case Kind::dbirth: return "DBIRTH";
    case Kind::ddeath: return "DDEATH";
    case Kind::ddata: return "DDATA";
    case Kind::dcmd: return "DCMD";
  }
  return "?";
}

// Reads a flat object of a truth and a whole number; anything else is none.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(std::string_view token) {
    skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::optional<std::string_view> name() {
    if (!take("\"")) return std::nullopt;
    const auto end = rest_.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }
  std::optional<std::uint64_t> number() {
    skip();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  bool at_end() {
    skip();
    return rest_.empty();
  }

 private:
  void skip() {
    const auto end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }
  std::string_view rest_;
};

}  // namespace

bool is_valid_id(std::string_view id) { return !id.empty() && id.find_first_of("+/#") == std::string_view::npos; }

std::string topic_of(Kind kind, const NodeId& node, std::string_view device) {
  auto out = fmt::format("{}/{}/{}/{}", kNamespace, node.group, word(kind), node.node);
  if (!device.empty()) out += fmt::format("/{}", device);
  return out;
}

std::string state_topic(std::string_view host) { return fmt::format("{}/STATE/{}", kNamespace, host); }

std::optional<CommandTopic> parse_command_topic(std::string_view topic, const NodeId& node) {
  if (topic == topic_of(Kind::ncmd, node)) return CommandTopic{};
  const auto device = topic_of(Kind::dcmd, node) + "/";
  if (!topic.starts_with(device)) return std::nullopt;
  topic.remove_prefix(device.size());
  if (!is_valid_id(topic)) return std::nullopt;
  return CommandTopic{std::string(topic)};
}

std::optional<HostState> parse_host_state(std::string_view json) {
  Scanner in(json);
  std::optional<bool> online;
  std::optional<std::uint64_t> timestamp;
  if (!in.take("{")) return std::nullopt;
  do {
    const auto name = in.name();
    if (!name || !in.take(":")) return std::nullopt;
    if (*name == "online") {
      const bool yes = in.take("true");
      if (online || (!yes && !in.take("false"))) return std::nullopt;
      online = yes;
    } else if (*name == "timestamp") {
      if (timestamp) return std::nullopt;
      timestamp = in.number();
      if (!timestamp) return std::nullopt;
    } else {
      return std::nullopt;
    }
  } while (in.take(","));
  if (!in.take("}") || !in.at_end() || !online || !timestamp) return std::nullopt;
  return HostState{*online, *timestamp};
}

}  // namespace wayside::sparkplug
