// Topic names of Sparkplug B 3.0 (chapter 4), for an edge node. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayside::sparkplug {

enum class Kind : std::uint8_t { nbirth, ndeath, ndata, ncmd, dbirth, ddeath, ddata, dcmd };

struct NodeId {
  std::string group;
  std::string node;
};

// Not empty, without '+', '/' and '#'.
[[nodiscard]] bool is_valid_id(std::string_view id);

// "spBv1.0/group/NBIRTH/node"; of a device's kinds "spBv1.0/group/DBIRTH/node/device". Requires: valid ids.
[[nodiscard]] std::string topic_of(Kind kind, const NodeId& node, std::string_view device = {});
// "spBv1.0/STATE/host". Requires: a valid id.
[[nodiscard]] std::string state_topic(std::string_view host);

struct CommandTopic {
  std::string device;  // empty: a command to the node
};
// None: not a command to this node.
[[nodiscard]] std::optional<CommandTopic> parse_command_topic(std::string_view topic, const NodeId& node);

// What a primary host says of itself: {"online": true, "timestamp": 1668114759262}.
struct HostState {
  bool online = false;
  std::uint64_t timestamp_ms = 0;
};
// None: not that.
[[nodiscard]] std::optional<HostState> parse_host_state(std::string_view json);

}  // namespace wayside::sparkplug
