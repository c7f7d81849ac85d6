// Scene: what the simulator shall simulate, read from a YAML file (README.md). Plain values; every error names the
// line and the nearest right name.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::sim {

struct LineSpec {
  std::string name;
  std::string pty;  // a path, or empty and then host and port
  int baud = 9600;
  bool echo = false;
  std::string host;
  std::uint16_t port = 0;
};

struct RecordingSpec {
  int lane = 1;
  std::string drives;  // register
  std::string file;    // made relative to the scene's folder
  double scale = 1;
  std::chrono::milliseconds every{0};
};

struct DeviceSpec {
  std::string name;
  std::string line;
  int unit = 1;
  std::string kind;
  std::string serves;                     // another device, or empty
  std::map<std::string, double> numbers;  // the options of the kind that are given
  std::vector<RecordingSpec> recording;
};

struct ScriptStep {
  std::chrono::milliseconds at;  // real time since the start
  std::string target;
  std::string fault;
};

struct Scene {
  std::uint64_t seed = 1;
  std::chrono::local_seconds start{};
  double speed = 1;
  std::vector<LineSpec> lines;
  std::vector<DeviceSpec> devices;
  std::vector<ScriptStep> script;
};

[[nodiscard]] base::Result<Scene> parse_scene(const std::string& yaml, const std::string& folder);
[[nodiscard]] base::Result<Scene> load_scene(const std::string& path);

}  // namespace wayside::sim
