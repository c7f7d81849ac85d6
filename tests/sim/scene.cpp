#include "sim/scene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "sim/devices/kinds.hpp"
#include "sim/local_time.hpp"
#include "sim/nearest.hpp"
#include "sim/yaml_map.hpp"

namespace wayside::sim {
namespace {

std::chrono::milliseconds duration(const YamlMap& map, const std::string& key, const std::string& otherwise) {
  const auto value = parse_duration(map.text(key, otherwise));
  if (!value) map.fail(key, "must be a duration such as 30s, 500ms, 2m, 1h");
  return *value;
}

LineSpec parse_line(const YAML::Node& node) {
  const YamlMap map(node, "line", {"name", "pty", "tcp", "baud", "echo"});
  LineSpec line;
  line.name = map.text("name");
  line.pty = map.text("pty", "");
  line.baud = map.whole("baud", 9600, 300, 1'000'000);
  line.echo = map.whole("echo", 0, 0, 1) != 0;
  if (map.has("pty") == map.has("tcp")) map.fail("pty", "or 'tcp' must be given, one of the two");
  if (!map.has("tcp")) return line;
  const std::string where = map.text("tcp");
  const auto colon = where.rfind(':');
  int port = -1;
  if (colon != std::string::npos) {
    const char* const end = where.data() + where.size();
    const auto [stop, error] = std::from_chars(where.data() + colon + 1, end, port);
    if (error != std::errc{} || stop != end) port = -1;
  }
  if (port < 0 || port > 65535) map.fail("tcp", "must be address:port");
  line.host = where.substr(0, colon);
  line.port = static_cast<std::uint16_t>(port);
  return line;
}

RecordingSpec parse_recording(const YAML::Node& node, const std::string& folder) {
  const YamlMap map(node, "recording", {"lane", "register", "file", "scale", "every"});
  RecordingSpec out;
  out.lane = map.whole("lane", 1, 1, 16);
  out.drives = map.text("register");
  out.file = (std::filesystem::path(folder) / map.text("file")).string();
  out.scale = map.number("scale", 1, -1e6, 1e6);
  out.every = duration(map, "every", "0s");
  const auto names = recordable_registers();
  if (std::find(names.begin(), names.end(), out.drives) == names.end()) {
    map.fail("register", fmt::format("is unknown{}", nearest_hint(out.drives, names)));
  }
  return out;
}

const Kind& kind_of(const YAML::Node& node) {
  const std::string name = node.IsMap() && node["kind"] && node["kind"].IsScalar() ? node["kind"].Scalar() : "";
  const Kind* kind = find_kind(name);
  if (kind != nullptr) return *kind;
  throw SceneError(node, fmt::format("device: unknown kind '{}'{}", name, nearest_hint(name, kind_names())));
}

DeviceSpec parse_device(const YAML::Node& node, const std::string& folder) {
  const Kind& kind = kind_of(node);
  std::vector<std::string> keys{"name", "line", "unit", "kind"};
  for (const auto& option : kind.options) keys.push_back(option.name);
  if (kind.takes_recording) keys.emplace_back("recording");
  if (!kind.serves.empty()) keys.emplace_back("serves");
  const YamlMap map(node, fmt::format("device of kind {}", kind.name), keys);
  DeviceSpec device;
  device.name = map.text("name");
  device.line = map.text("line");
  device.unit = map.whole("unit", 1, 1, 247);
  device.kind = kind.name;
  device.serves = map.text("serves", "");
  for (const auto& option : kind.options) {
    if (!map.has(option.name)) continue;
    const bool is_whole = option.name != "lamp_power" && option.name != "peak" && option.name != "free_speed" &&
                          option.name != "address" && option.name != "flow";
    device.numbers[option.name] =
        is_whole ? map.whole(option.name, 0, static_cast<int>(option.lowest), static_cast<int>(option.highest))
                 : map.number(option.name, 0, option.lowest, option.highest);
  }
  if (map.has("recording")) {
    for (const auto& each : map.node("recording")) device.recording.push_back(parse_recording(each, folder));
  }
  return device;
}

ScriptStep parse_step(const YAML::Node& node) {
  const YamlMap map(node, "script", {"at", "target", "fault"});
  return {duration(map, "at", "0s"), map.text("target"), map.text("fault")};
}

// Names that point nowhere, and the same unit twice on a line.
void check(const Scene& scene, const YAML::Node& root) {
  std::vector<std::string> lines, devices;
  for (const auto& line : scene.lines) lines.push_back(line.name);
  for (const auto& device : scene.devices) devices.push_back(device.name);
  const auto known = [&root](const std::vector<std::string>& names, const std::string& name, std::string_view what) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    throw SceneError(root, fmt::format("{} '{}' is not there{}", what, name, nearest_hint(name, names)));
  };
  std::set<std::string> names(lines.begin(), lines.end());
  if (names.size() != lines.size()) throw SceneError(root["lines"], "two lines of one name");
  names = {devices.begin(), devices.end()};
  if (names.size() != devices.size()) throw SceneError(root["devices"], "two devices of one name");
  std::set<std::pair<std::string, int>> units;
  for (const auto& device : scene.devices) {
    known(lines, device.line, fmt::format("device {}: line", device.name));
    if (!device.serves.empty()) known(devices, device.serves, fmt::format("device {}: served device", device.name));
    if (units.emplace(device.line, device.unit).second) continue;
    throw SceneError(root["devices"], fmt::format("two devices with unit {} on line {}", device.unit, device.line));
  }
  for (const auto& step : scene.script) known(devices, step.target, "script: target");
}

Scene read_scene(const YAML::Node& root, const std::string& folder) {
  const YamlMap map(root, "scene", {"seed", "start", "speed", "lines", "devices", "script"});
  Scene scene;
  scene.seed = static_cast<std::uint64_t>(map.number("seed", 1, 0, 9e15));
  const auto start = parse_local_time(map.text("start", "2015-09-01T12:00:00"));
  if (!start) map.fail("start", "must be a local time such as 2015-09-01T18:00:00");
  scene.start = *start;
  scene.speed = map.number("speed", 1, 0.001, 3600);
  for (const auto& node : map.node("lines")) scene.lines.push_back(parse_line(node));
  for (const auto& node : map.node("devices")) scene.devices.push_back(parse_device(node, folder));
  if (map.has("script")) {
    for (const auto& node : map.node("script")) scene.script.push_back(parse_step(node));
  }
  check(scene, root);
  return scene;
}

}  // namespace

base::Result<Scene> parse_scene(const std::string& yaml, const std::string& folder) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    for (const char* key : {"lines", "devices"}) {
      if (root.IsMap() && root[key] && root[key].IsSequence()) continue;
      throw SceneError(root, fmt::format("scene: '{}' must be a list", key));
    }
    return read_scene(root, folder);
  } catch (const std::exception& error) {  // yaml-cpp throws; our SceneError too
    return base::Error{base::Errc::config, base::Consequence::fatal, error.what()};
  }
}

base::Result<Scene> load_scene(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::Error{base::Errc::not_found, base::Consequence::fatal, fmt::format("cannot read '{}'", path)};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto scene = parse_scene(text, std::filesystem::path(path).parent_path().string());
  if (!scene) return scene.error().in(path);
  return scene;
}

}  // namespace wayside::sim
