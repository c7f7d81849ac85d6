// World: the devices of a scene, their slaves and their script, without sockets or clocks: whoever owns it advances it
// in equal ticks. The seam for a run from a seed. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sim/devices/device.hpp"
#include "sim/scene.hpp"
#include "sim/wire/slave.hpp"

namespace wayside::sim {

class World {
 public:
  static constexpr std::chrono::milliseconds kTick{100};  // of real time

  [[nodiscard]] static base::Result<std::unique_ptr<World>> create(const Scene& scene);

  // One tick, and what the script has due by then. `told` hears of each scripted fault and how it went.
  using Told = std::function<void(const ScriptStep& step, const base::Result<void>& outcome)>;
  void advance(const Told& told);

  // "fibre-1", "leak 1240". Unknown names: invalid_argument with the nearest.
  [[nodiscard]] base::Result<void> fault(const std::string& target, std::string_view text);
  // One line a device: name, kind, line and unit, its faults.
  [[nodiscard]] std::vector<std::string> list() const;

  // Requires: a line of the scene. Lives as long as the World.
  [[nodiscard]] Slave& slave(const std::string& line) { return *slaves_.at(line); }
  [[nodiscard]] Device& device(const std::string& name) { return *devices_.at(name); }  // Requires: of the scene
  [[nodiscard]] const Scene& scene() const { return scene_; }
  [[nodiscard]] LocalTime now() const { return now_; }

 private:
  explicit World(Scene scene) : scene_(std::move(scene)), now_(scene_.start) {}
  [[nodiscard]] base::Result<void> add_devices();
  [[nodiscard]] base::Result<void> connect(const DeviceSpec& spec);
  void step(Seconds simulated, Seconds real);

  Scene scene_;
  std::map<std::string, std::unique_ptr<Device>> devices_;
  std::vector<Device*> order_;  // those that are served first
  std::map<std::string, std::unique_ptr<Slave>> slaves_;
  std::chrono::milliseconds elapsed_{0};
  std::size_t next_step_ = 0;
  LocalTime now_;
};

}  // namespace wayside::sim
