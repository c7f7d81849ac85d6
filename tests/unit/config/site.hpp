// A folder of files with a site in it, for the tests of config: what is wrong with it, told without the folder.
#pragma once

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "support/catch.hpp"

namespace wayside::config::test {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

inline base::Result<std::unique_ptr<device::Driver>> make_nothing(const device::DriverConfig&) {
  return base::invalid_argument("a family of the test makes no drivers");
}

inline constexpr std::array kOptions{device::OptionSpec{"nominal_voltage", "230", "volts"}};
inline const device::DriverFamily kStreetlight{"streetlight", "Streetlights", kOptions, make_nothing};
inline const device::DriverFamily kTraffic{"traffic", "Traffic counters", {}, make_nothing};
inline device::Cut cut_nothing(std::span<const std::uint8_t>) { return {}; }
inline bool answers_nothing(std::span<const std::uint8_t>, std::span<const std::uint8_t>) { return false; }
inline const device::FrameProtocol kFrames{"frames", cut_nothing, answers_nothing};
inline constexpr std::array kFrameOptions{device::OptionSpec{"address", "", "of the device"}};
inline const device::DriverFamily kFramed{"framed", "Frames", kFrameOptions, make_nothing, &kFrames};
inline constexpr std::array<const device::DriverFamily*, 3> kFamilies{&kStreetlight, &kTraffic, &kFramed};

inline const std::string kHead = R"(gateway:
  id: gw-1
  area: {city: shenzhen, district: futian, street: binhe, grid: g12}
  department: lighting
store: {path: wayside.db}
control: {socket: control.sock}
)";

inline const std::string kMeter = R"(profile: meter
version: 3
family: streetlight
limits: {max_read_registers: 80, max_hole: 8, response_timeout: 300ms}
period: 2s
options: {nominal_voltage: 230}
points:
  - {name: voltage, register: input, address: 0x10, type: f32, order: CDAB, unit: V, range: [0, 500], class: public}
  - {name: door, register: holding, address: 40, bit: 3}
  - {name: power, register: holding, address: 50, type: s16, scale: 0.1, error_values: [0x8000, -1], period: 10s}
  - {name: on, register: coil, address: 7, maps_to: {talq: lampOn}, since: 0.2, changed: 0.10,
     definition: By a relay., maps_to_unverified: {ngsi: Streetlight.powerState}}
groups:
  - name: lane
    count_option: lanes
    default: 2
    max: 12
    stride: 10
    points:
      - {name: volume, register: holding, address: 100, type: u32, unit: "1"}
department: lighting
since: "0.1"
retired: [{name: old, unit: V, meaning: Once., retired: 0.2, replaced_by: voltage}]
)";

inline const std::string kRules = R"(groups:
  - name: light
    rules:
      - alert: LampFailure
        expr: "lamp_failure == 1"
        clear: lamp_failure == 0
        for: 10s
        severity: high
        match: {family: streetlight}
        annotations: {summary: "lamp {{ $labels.lamp }} failed"}
)";

// A folder of files, gone at the end. Messages are told without the folder.
class Site {
 public:
  Site() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wayside-config-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Site() { std::filesystem::remove_all(folder_); }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  std::string write(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(folder_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  template <class T>
  Strings messages(const config::Loaded<T>& loaded) const {
    CHECK(loaded.value.has_value() == loaded.problems.empty());
    Strings out;
    for (const auto& problem : loaded.problems) {
      auto text = problem.message();
      for (auto at = text.find(folder_ + "/"); at != std::string::npos; at = text.find(folder_ + "/")) {
        text.erase(at, folder_.size() + 1);
      }
      out.push_back(text);
    }
    return out;
  }
  Strings gateway(const std::string& text) {
    return messages(config::load_gateway(write("gateway.yaml", text), kFamilies));
  }
  Strings profile(const std::string& text) { return messages(config::load_profile(write("p.yaml", text), kFamilies)); }
  Strings rules(const std::string& text) { return messages(config::load_rules(write("r.yaml", text))); }
  // A gateway with one bus and these lines of devices, of which the first is line 10.
  Strings devices(const std::string& lines) {
    write("profiles/meter.yaml", kMeter);
    return gateway(kHead + "profiles: [profiles]\nbuses:\n  - {id: line, serial: {port: /dev/ttyS1}}\ndevices:\n" +
                   lines);
  }

 private:
  std::string folder_;
};

}  // namespace wayside::config::test
