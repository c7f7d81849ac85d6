#include "sim/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "sim/devices/kinds.hpp"
#include "sim/devices/sdm630.hpp"
#include "sim/nearest.hpp"

namespace wayside::sim {

base::Result<std::unique_ptr<World>> World::create(const Scene& scene) {
  auto world = std::unique_ptr<World>(new World(scene));
  std::stable_sort(world->scene_.script.begin(), world->scene_.script.end(),
                   [](const ScriptStep& a, const ScriptStep& b) { return a.at < b.at; });
  for (const auto& line : scene.lines) {
    const auto missing = line.pty.empty() ? Slave::Missing::exception : Slave::Missing::silence;
    const auto seed = base::fnv1a(base::as_bytes(line.name), scene.seed + 1);
    world->slaves_.emplace(line.name, std::make_unique<Slave>(missing, seed));
  }
  if (const auto added = world->add_devices(); !added) return added.error();
  world->step(Seconds{0}, Seconds{0});  // believable registers before the first tick
  return world;
}

base::Result<void> World::add_devices() {
  for (const auto& spec : scene_.devices) {
    // Each its own stream of chance: a device more or less in the scene changes no other.
    const auto seed = base::fnv1a(base::as_bytes(spec.name), scene_.seed);
    auto made = make_device(spec, scene_.speed, seed);
    if (!made) return made.error().in(spec.name);
    slaves_.at(spec.line)->add(static_cast<std::uint8_t>(spec.unit), **made);
    order_.push_back(made->get());
    devices_.emplace(spec.name, std::move(*made));
  }
  for (const auto& spec : scene_.devices) {
    if (spec.serves.empty()) continue;
    if (const auto connected = connect(spec); !connected) return connected.error().in(spec.name);
  }
  return {};
}

base::Result<void> World::connect(const DeviceSpec& spec) {
  Device* const served = devices_.at(spec.serves).get();
  auto* const meter = dynamic_cast<Sdm630*>(devices_.at(spec.name).get());
  const auto* const load = dynamic_cast<const LampLoad*>(served);
  if (meter == nullptr || load == nullptr) {
    return base::Error{base::Errc::config, base::Consequence::fatal,
                       fmt::format("a {} cannot serve '{}'", spec.kind, spec.serves)};
  }
  meter->serve(*load);
  std::stable_partition(order_.begin(), order_.end(), [served](const Device* device) { return device == served; });
  return {};
}

void World::step(Seconds simulated, Seconds real) {
  for (Device* const device : order_) device->advance(Tick{simulated, real, now_});
}

void World::advance(const Told& told) {
  elapsed_ += kTick;
  const Seconds real{kTick};
  const Seconds simulated = real * scene_.speed;
  now_ =
      LocalTime(scene_.start) + std::chrono::duration_cast<std::chrono::milliseconds>(Seconds{elapsed_} * scene_.speed);
  for (; next_step_ < scene_.script.size() && scene_.script[next_step_].at <= elapsed_; ++next_step_) {
    const ScriptStep& due = scene_.script[next_step_];
    const auto outcome = fault(due.target, due.fault);
    if (told) told(due, outcome);
  }
  step(simulated, real);
}

base::Result<void> World::fault(const std::string& target, std::string_view text) {
  const auto found = devices_.find(target);
  if (found != devices_.end()) return found->second->fault(text);
  std::vector<std::string> names;
  for (const auto& [name, device] : devices_) names.push_back(name);
  return base::invalid_argument(fmt::format("unknown target '{}'{}", target, nearest_hint(target, names)));
}

std::vector<std::string> World::list() const {
  std::vector<std::string> out;
  for (const auto& spec : scene_.devices) {
    std::string line = fmt::format("{} {} {}:{} ", spec.name, spec.kind, spec.line, spec.unit);
    std::string between;
    for (const auto& fault : devices_.at(spec.name)->faults()) {
      line += between + fault.name + (fault.argument.empty() ? "" : " " + fault.argument);
      between = ", ";
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace wayside::sim
