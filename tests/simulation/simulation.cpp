#include "simulation/simulation.hpp"

#include <malloc.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "bus/framed_bus.hpp"
#include "daemon/gateway.hpp"
#include "sim/scene.hpp"
#include "sim/world.hpp"
#include "simulation/clock_faults.hpp"
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
constexpr store::Bounds kTight{.max_bytes = 400'000, .min_free = 0, .ballast = 16'384};
constexpr auto kLongOutage = std::chrono::minutes{25};
constexpr auto kQuietEnd = std::chrono::minutes{10};  // without faults, so that everything can arrive
constexpr auto kLongestSending = std::chrono::hours{24};
constexpr std::uint64_t kFew = 20;  // chunks that wait while nothing is wrong

// One life of the gateway, from a start to a crash.
struct Life {
  std::vector<std::unique_ptr<base::Scheduler>> lines;
  std::vector<std::unique_ptr<ports::RegisterBus>> buses;
  std::unique_ptr<base::Scheduler> core;
  std::unique_ptr<base::Scheduler> writer;
  std::unique_ptr<store::SqliteOutbox> store;
  std::unique_ptr<TalliedOutbox> outbox;
  std::map<std::string, daemon::BusSeam> seams;  // by bus
  std::unique_ptr<config::GatewayConfig> config;
  std::unique_ptr<daemon::Gateway> gateway;
  // Those that have handed over, with what they were configured by.
  std::vector<std::pair<std::unique_ptr<config::GatewayConfig>, std::unique_ptr<daemon::Gateway>>> retired;
  bool changes = false;  // of configuration: one at a time

  // The gateway goes first; what was posted to the Schedulers goes unrun with them.
  ~Life() {
    gateway.reset();
    retired.clear();
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
        broker_chance_(setting.seed ^ 0xB40CULL),
        clock_chance_(setting.seed ^ 0xC10CULL),
        change_chance_(setting.seed ^ 0xC0F1ULL),
        time_(kStart, setting.calm || setting.outage ? nullptr : &order_),
        street_(time_.make_scheduler()),
        cloud_(time_.make_scheduler()),
        broker_(*cloud_, broker_chance_, [this](const ports::MqttMessage& m) { received(m); }),
        clock_faults_(time_, *street_, clock_chance_, clock_book_) {
    tally_.watch_clock(time_, clock_book_);
  }

  Verdict run() {
    if (auto ready = prepare(); !ready) {
      verdict_.problem = ready.error().what;
      return verdict_;
    }
    const auto end = base::BootTime{} + microseconds{static_cast<std::int64_t>(setting_.hours * 3600e6)};
    advance_world();
    if (setting_.clock_faults) clock_faults_.start();
    if (setting_.outage) {
      live_through_outage(end);
    } else if (setting_.calm) {
      time_.run_until(end);
    } else {
      plan_faults(end);
      plan_changes(end);
      if (setting_.tight_store) plan_long_outage();
      while (time_.boot_now() < end && verdict_.problem.empty()) run_faulty_stretch(end);
    }
    calm_down();
    const auto accepted = tally_.last_position();
    time_.run_for(kQuietEnd);
    if (verdict_.problem.empty() && life_->changes) verdict_.problem = "a change of configuration never ended";
    verdict_.ran = verdict_.problem.empty();
    verdict_.totals = tally_.totals(accepted);
    verdict_.clock_steps = clock_faults_.steps();
    verdict_.digest = tally_.digest();
    verdict_.content = tally_.content();
    // Under a tight cap something may be evicted at any moment: what is left is what is not told within seconds.
    verdict_.ledger_left = 1;
    for (int i = 0; i < 60 && verdict_.ledger_left > 0; ++i) {
      life_->store->stats([this](const auto& stats) { verdict_.ledger_left = stats.ledger_entries; });
      time_.run_for(seconds{1});
    }
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
    auto config = std::make_unique<config::GatewayConfig>(*config_);
    auto assembled = site::assemble(*config, device::driver_table());
    if (!assembled.value) {
      return base::Error{base::Errc::config, base::Consequence::fatal, assembled.problems.front().message()};
    }
    tally_.life_began(time_.boot_now());
    life_ = std::make_unique<Life>();
    auto& life = *life_;
    life.config = std::move(config);
    life.core = time_.make_scheduler();
    life.writer = time_.make_scheduler();
    auto store = store::SqliteOutbox::open(
        "wayside.db", {.vfs = disk_.name(), .exclusive = true, .files = &disk_.files()},
        {*life.core, *life.writer, *life.writer}, gateway_chance_, setting_.tight_store ? kTight : store::Bounds{});
    if (!store->away().empty()) return base::Error{base::Errc::io, base::Consequence::fatal, store->away()};
    life.store = std::move(store);
    life.outbox = std::make_unique<TalliedOutbox>(*life.store, tally_);
    auto gateway = daemon::Gateway::build(*life.config, std::move(*assembled.value), seams(*life.store, false));
    if (!gateway) return gateway.error();
    life.gateway = std::move(*gateway);
    life.core->post([g = life.gateway.get()] { g->start(); });
    return {};
  }

  daemon::Seams seams(ports::StateTable& state, bool takes_over) {
    auto& life = *life_;
    daemon::Seams out{time_,
                      gateway_chance_,
                      *life.core,
                      [this](const auto& bus) { return bus_of(bus); },
                      *life.outbox,
                      state,
                      *life.store,
                      *life.store,
                      life.store->report(),
                      &broker_,
                      {},
                      "simulation"};
    out.takes_over = takes_over;
    return out;
  }

  // About every ten minutes another configuration takes over, in the middle of what goes on.
  void plan_changes(base::BootTime end) {
    street_->post_at(time_.boot_now() + seconds{60 + change_chance_.below(1080)}, [this, end] {
      if (time_.boot_now() >= end) return;
      if (life_) life_->core->post([this, life = life_.get()] { change(*life); });
      plan_changes(end);
    });
  }

  void change(Life& life) {
    const bool waits = life.gateway->recorder().is_refused() || !life.gateway->commander().is_idle();
    if (waits || std::exchange(life.changes, true)) return;
    life.gateway->hand_over([this, &life] {
      life.store->copy_state([this, &life](base::Result<ports::StateCopy> state) {
        if (!state) return;
        for (const auto& change : life.gateway->recorder().pending_state()) state->apply(change);
        take_over(life, *state);
        // Without its database the store is opened anew, and all with it; here the next power cut does that.
      });
    });
  }

  void take_over(Life& life, ports::StateCopy& state) {
    auto config = std::make_unique<config::GatewayConfig>(*config_);
    for (auto& device : config->devices) {  // some are read at another pace
      if (change_chance_.chance(0.3)) device.period *= 2;
    }
    auto& rules = config->rules;
    if (change_chance_.chance(0.5)) std::ranges::rotate(rules, rules.begin() + 1);
    auto assembled = site::assemble(*config, device::driver_table());
    if (!assembled.value) {
      verdict_.problem = assembled.problems.front().message();
      return;
    }
    auto gateway = daemon::Gateway::build(*config, std::move(*assembled.value), seams(state, true));
    if (!gateway) {
      verdict_.problem = gateway.error().what;
      return;
    }
    ++verdict_.changes;
    life.retired.emplace_back(std::move(life.config), std::move(life.gateway));
    life.config = std::move(config);
    life.gateway = std::move(*gateway);
    life.gateway->start(life.retired.back().second.get());
    life.changes = false;
    life.core->post_at(time_.boot_now() + seconds{3}, [&life] { life.retired.erase(life.retired.begin()); });
  }

  // The lines stay when the gateway goes.
  daemon::BusSeam bus_of(const config::BusConfig& bus) {
    const auto known = life_->seams.find(bus.id.value);
    if (known != life_->seams.end()) return known->second;
    const auto made = make_bus(bus);
    life_->seams.emplace(bus.id.value, made);
    return made;
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

  void plan_long_outage() {
    street_->post_at(time_.boot_now() + seconds{chance_.below(1500)}, [this] {
      ++verdict_.outages;
      long_outage_ = true;
      broker_.set_there(false);
      street_->post_at(time_.boot_now() + kLongOutage, [this] {
        long_outage_ = false;
        broker_.set_there(true);
      });
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
      street_->post_at(time_.boot_now() + length, [this] { broker_.set_there(!long_outage_); });
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
      clock_faults_.rebooted();
    }
    time_.run_for(seconds{1 + chance_.below(90)});
    disk_.set_full(false);  // the start needs room
    if (auto started = start_life(); !started) verdict_.problem = started.error().what;
  }

  void live_through_outage(base::BootTime end) {
    broker_.set_there(false);
    time_.run_until(end);
    verdict_.held_bytes = restart_and_weigh();
    verdict_.database_bytes = disk_.image().content(disk_.image().find("wayside.db")).size();
    life_->outbox->stats([this](const ports::OutboxStats& stats) { verdict_.waited = stats.chunks; });
    time_.run_for(seconds{1});
    tally_.expect_ascending();
    broker_.set_there(true);
    const auto begun = time_.boot_now();
    time_.run_for(seconds{20});  // it is in the middle of sending
    verdict_.held_while_sending = restart_and_weigh();
    std::uint64_t waits = verdict_.waited;
    while (waits > kFew && time_.boot_now() - begun < kLongestSending) {
      life_->outbox->stats([&waits](const ports::OutboxStats& stats) { waits = stats.chunks; });
      time_.run_for(seconds{10});
    }
    verdict_.sending = std::chrono::duration_cast<seconds>(time_.boot_now() - begun);
  }

  // Bytes of memory that the gateway gives back when it ends: what it held. It starts again.
  std::uint64_t restart_and_weigh() {
    const auto before = ::mallinfo2().uordblks;
    life_.reset();
    const auto after = ::mallinfo2().uordblks;
    tally_.new_connection();
    if (auto started = start_life(); !started) verdict_.problem = started.error().what;
    return before > after ? before - after : 0;
  }

  void calm_down() {
    long_outage_ = false;
    disk_.set_full(false);
    clock_faults_.end();
    broker_.set_there(true);
    for (const auto& device : world_->scene().devices) command(device.name, "clear");
  }

  void received(const ports::MqttMessage& message) {
    tally_.mix(static_cast<std::uint64_t>(base::to_us(time_.boot_now())));
    tally_.received(message);
  }

  Setting setting_;
  Verdict verdict_;
  bool long_outage_ = false;
  base::SeededRandom order_;
  base::SeededRandom chance_;
  base::SeededRandom gateway_chance_;
  base::SeededRandom broker_chance_;
  base::SeededRandom clock_chance_;
  base::SeededRandom change_chance_;
  base::VirtualTime time_;
  tests::CrashDisk disk_;
  Tally tally_;
  std::unique_ptr<base::Scheduler> street_;
  std::unique_ptr<base::Scheduler> cloud_;
  SimBroker broker_;
  ClockBook clock_book_;
  ClockFaults clock_faults_;
  std::unique_ptr<sim::World> world_;
  std::optional<config::GatewayConfig> config_;
  std::unique_ptr<Life> life_;
};

}  // namespace

Verdict run(const Setting& setting) { return Run(setting).run(); }

}  // namespace wayside::simulation
