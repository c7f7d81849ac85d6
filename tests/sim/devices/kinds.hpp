// The kinds of simulated device: name, options with their limits, and how one is made. A new kind is a row here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/devices/device.hpp"
#include "sim/scene.hpp"

namespace wayside::sim {

struct NumberOption {
  std::string name;
  double otherwise;
  double lowest;
  double highest;
};

using Options = std::map<std::string, double>;  // all options of the kind

struct Kind {
  std::string name;
  std::vector<NumberOption> options;
  bool takes_recording;
  std::string serves;  // kind of device it may serve, or empty
  base::Result<std::unique_ptr<Device>> (*make)(const Options& options, const DeviceSpec& spec, double speed,
                                                std::uint64_t seed);
};

[[nodiscard]] const std::vector<Kind>& kinds();
[[nodiscard]] const Kind* find_kind(std::string_view name);  // null if there is none
[[nodiscard]] std::vector<std::string> kind_names();
[[nodiscard]] std::vector<std::string> recordable_registers();

// The device of a checked spec; not_found or config when a recording cannot be read.
[[nodiscard]] base::Result<std::unique_ptr<Device>> make_device(const DeviceSpec& spec, double speed,
                                                                std::uint64_t seed);

}  // namespace wayside::sim
