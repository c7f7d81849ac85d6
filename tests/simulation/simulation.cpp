#include "simulation/simulation.hpp"

#include <memory>
#include <optional>
#include <vector>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "bus/framed_bus.hpp"
#include "daemon/gateway.hpp"
#include "sim/scene.hpp"
#include "sim/world.hpp"
#include "simulation/sim_broker.hpp"
#include "simulation/sim_bus.hpp"
#include "simulation/sim_line.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/crash_vfs.hpp"

namespace wayside::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr base::WallTime kStart{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
constexpr LineTroubles kTroubles{.late = 0.001, .broken = 0.0005};
constexpr auto kQuietEnd = std::chrono::minutes{10};  // without faults, so that everything can arrive

// One life of the gateway, from a start to a crash.
struct Life {
  std::vector<std::unique_ptr<base::Scheduler>> lines;
  std::vector<std::unique_ptr<ports::RegisterBus>> buses;
  std::unique_ptr<base::Scheduler> core;
  std::unique_ptr<base::Scheduler> writer;
  std::unique_ptr<store::SqliteOutbox> store;
  std::unique_ptr<TalliedOutbox> outbox;
  std::unique_ptr<daemon::Gateway> gateway;

  // The gateway goes first; what was posted to the Schedulers goes unrun with them.
  ~Life() {
    gateway.reset();
    core.reset();
    writer.reset();
    lines.clear();
  }
};

class Run {
 public:
  explicit Run(const Setting& setting)
      : setting_(setting),
        order_(setting.seed),
        chance_(setting.seed ^ 0x5EEDULL),
        gateway_chance_(setting.seed ^ 0x6A7EULL),
        time_(kStart, &order_),
        street_(time_.make_scheduler()),
        cloud_(time_.make_scheduler()),
        broker_(*cloud_, chance_, [this](const ports::MqttMessage& m) { received(m); }) {}

  Verdict run() {
    if (auto ready = prepare(); !ready) {
      verdict_.problem = ready.error().what;
      return verdict_;
    }
    const auto end = base::BootTime{} + microseconds{static_cast<std::int64_t>(setting_.hours * 3600e6)};
    advance_world();
    plan_faults(end);
    while (time_.boot_now() < end && verdict_.problem.empty()) run_faulty_stretch(end);
    calm_down();
    const auto accepted = tally_.last_position();
    time_.run_for(kQuietEnd);
    verdict_.ran = verdict_.problem.empty();
    verdict_.totals = tally_.totals(accepted);
    verdict_.digest = tally_.digest();
    life_.reset();
    return verdict_;
  }

 private:
  base::Result<void> prepare() {
    disk_.set_lying(setting_.lying_disk);
    auto scene = sim::load_scene(setting_.scene_file);
    if (!scene) return scene.error();
    scene->seed = setting_.seed;
    auto world = sim::World::create(*scene);
    if (!world) return world.error();
    world_ = std::move(*world);
    auto loaded = config::load_gateway(setting_.config_file, device::driver_table());
    if (!loaded.value) {
      return base::Error{base::Errc::config, base::Consequence::fatal, loaded.problems.front().message()};
    }
    config_ = std::move(*loaded.value);
    return start_life();
  }

  base::Result<void> start_life() {
    auto assembled = daemon::assemble(*config_, device::driver_table());
    if (!assembled.value) {
      return base::Error{base::Errc::config, base::Consequence::fatal, assembled.problems.front().message()};
    }
    life_ = std::make_unique<Life>();
    auto& life = *life_;
    life.core = time_.make_scheduler();
    life.writer = time_.make_scheduler();
    auto store =
        store::SqliteOutbox::open("wayside.db", {.vfs = disk_.name(), .exclusive = true, .files = &disk_.files()},
                                  {*life.core, *life.writer, *life.writer}, gateway_chance_);
    if (!store->away().empty()) return base::Error{base::Errc::io, base::Consequence::fatal, store->away()};
    life.store = std::move(store);
    life.outbox = std::make_unique<TalliedOutbox>(*life.store, tally_);
    auto gateway = daemon::Gateway::build(*config_, std::move(*assembled.value),
                                          daemon::Seams{time_,
                                                        gateway_chance_,
                                                        *life.core,
                                                        [this](const auto& bus) { return make_bus(bus); },
                                                        *life.outbox,
                                                        *life.store,
                                                        *life.store,
                                                        life.store->report(),
                                                        &broker_,
                                                        {},
                                                        "simulation"});
    if (!gateway) return gateway.error();
    life.gateway = std::move(*gateway);
    life.core->post([g = life.gateway.get()] { g->start(); });
    return {};
  }

  daemon::BusSeam make_bus(const config::BusConfig& bus) {
    life_->lines.push_back(time_.make_scheduler());
    auto& home = *life_->lines.back();
    // One bus at the register seam, as a serial line may be; the others with their framer, over bytes that come late.
    auto& slave = world_->slave(bus.id.value);
    if (life_->lines.size() == 1 && !slave.speaks_frames()) {
      life_->buses.push_back(std::make_unique<SimBus>(slave, home, chance_));
    } else {
      bus::FramedBusOptions options;
      options.framing = bus::Framing::mbap;
      options.silent_until_reopened = 3;
      life_->buses.push_back(std::make_unique<bus::FramedBus>(
          options, std::make_unique<SimLine>(slave, bus.id.value, home, chance_, kTroubles), home));
    }
    return {home, *life_->buses.back()};
  }

  void advance_world() {
    street_->post_at(time_.boot_now() + sim::World::kTick, [this] {
      world_->advance({});
      advance_world();
    });
  }

  // About every five minutes something goes wrong for a while.
  void plan_faults(base::BootTime end) {
    street_->post_at(time_.boot_now() + seconds{30 + chance_.below(540)}, [this, end] {
      if (time_.boot_now() >= end) return;
      start_fault();
      plan_faults(end);
    });
  }

  void start_fault() {
    const auto length = seconds{5 + chance_.below(400)};
    if (chance_.chance(0.2)) {
      ++verdict_.full_disks;
      disk_.set_full(true);
      street_->post_at(time_.boot_now() + length, [this] { disk_.set_full(false); });
      if (chance_.chance(0.5)) return;  // or something happens that it has to be told of
    }
    if (chance_.chance(0.5)) {
      ++verdict_.outages;
      broker_.set_there(false);
      street_->post_at(time_.boot_now() + length, [this] { broker_.set_there(true); });
      return;
    }
    ++verdict_.silences;
    const auto& devices = world_->scene().devices;
    const std::string name = devices[chance_.below(devices.size())].name;
    command(name, chance_.chance(0.7) ? "silent on" : "exception 4");
    street_->post_at(time_.boot_now() + length, [this, name] { command(name, "clear"); });
    const char* const troubles[] = {"lamp-fail 1", "leak 130", "stuck 1"};
    const char* const targets[] = {"lamps-1", "fibre-1", "tc-1"};
    const auto which = chance_.below(3);
    command(targets[which], troubles[which]);
  }

  void command(const std::string& device, const std::string& fault) {
    const auto done = world_->fault(device, fault);
    if (!done) verdict_.problem = done.error().what;
  }

  // Until the power goes: about once in twenty minutes, in the middle of anything.
  void run_faulty_stretch(base::BootTime end) {
    const auto crash_at = time_.boot_now() + seconds{60 + chance_.below(2400)};
    time_.run_until(std::min(crash_at, end));
    if (time_.boot_now() >= end) return;
    for (auto steps = chance_.below(300); steps > 0; --steps) time_.step(end);
    crash();
  }

  void crash() {
    ++verdict_.crashes;
    tally_.mix(static_cast<std::uint64_t>(base::to_us(time_.boot_now())));
    tally_.crashed();
    disk_.crash(chance_);
    life_.reset();
    if (chance_.chance(0.5)) {
      base::BootId boot{};
      for (auto& byte : boot) byte = static_cast<std::uint8_t>(chance_.next());
      time_.set_boot_id(boot);
    }
    time_.run_for(seconds{1 + chance_.below(90)});
    disk_.set_full(false);  // the start needs room
    if (auto started = start_life(); !started) verdict_.problem = started.error().what;
  }

  void calm_down() {
    disk_.set_full(false);
    broker_.set_there(true);
    for (const auto& device : world_->scene().devices) command(device.name, "clear");
  }

  void received(const ports::MqttMessage& message) {
    tally_.mix(static_cast<std::uint64_t>(base::to_us(time_.boot_now())));
    tally_.received(message);
  }

  Setting setting_;
  Verdict verdict_;
  base::SeededRandom order_;
  base::SeededRandom chance_;
  base::SeededRandom gateway_chance_;
  base::VirtualTime time_;
  tests::CrashDisk disk_;
  Tally tally_;
  std::unique_ptr<base::Scheduler> street_;
  std::unique_ptr<base::Scheduler> cloud_;
  SimBroker broker_;
  std::unique_ptr<sim::World> world_;
  std::optional<config::GatewayConfig> config_;
  std::unique_ptr<Life> life_;
};

}  // namespace

Verdict run(const Setting& setting) { return Run(setting).run(); }

}  // namespace wayside::simulation
