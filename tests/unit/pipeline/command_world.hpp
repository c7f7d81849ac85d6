// A cabinet with a relay and a pump on one bus, in virtual time: for the tests of commands.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/commander.hpp"
#include "support/catch.hpp"
#include "support/memory_outbox.hpp"

namespace wayside::tests {

using namespace std::chrono_literals;

// Coils 0 and 1 act on the real states 96 and 97; a level in holding 10, shown in input 10.
class RelayDriver final : public device::Driver {
 public:
  static constexpr std::uint32_t kRelay1 = 0, kState1 = 1, kRelay2 = 2, kState2 = 3, kLevel = 4, kMode = 5, kStray = 6;

  RelayDriver() {
    add("relay-1", device::RegisterKind::coil, 0, device::Encoding::bit);
    add("relay-1.state", device::RegisterKind::discrete, 96, device::Encoding::bit);
    add("relay-2", device::RegisterKind::coil, 1, device::Encoding::bit);
    add("relay-2.state", device::RegisterKind::discrete, 97, device::Encoding::bit);
    add("level", device::RegisterKind::holding, 10, device::Encoding::u16);
    add("mode", device::RegisterKind::holding, 11, device::Encoding::u16);
    points_.back().values = {{0, "hand"}, {1, "automatic"}};
    add("stray", device::RegisterKind::holding, 12, device::Encoding::u16);
    plan_.groups.push_back({1s, {{device::RegisterKind::discrete, 96, 2}}});
  }
  [[nodiscard]] std::span<const device::PointSpec> points() const override { return points_; }
  [[nodiscard]] const device::ReadPlan& plan() const override { return plan_; }
  [[nodiscard]] device::Decoded decode(const device::DecodeInput& input,
                                       const device::DriverState& state) const override {
    device::Decoded out{{}, state};
    for (std::uint32_t n = 0; n < points_.size(); ++n) {
      const auto words = input.image.words(points_[n].kind, points_[n].address, 1);
      if (!words) continue;
      const bool bit = points_[n].encoding == device::Encoding::bit;
      out.samples.push_back({n, bit ? model::Value{(*words)[0] != 0} : model::Value{double((*words)[0])}, quality});
    }
    return out;
  }
  [[nodiscard]] base::Result<device::CommandPlan> command(const device::CommandRequest& request,
                                                          const device::DriverState& state) const override {
    device::CommandPlan plan;
    states.push_back(state);
    const auto& spec = points_[request.point];
    if (request.point == kStray) return plan;  // a family with a defect
    if (request.point == kMode) plan.writes.push_back({device::RegisterKind::holding, 20, {1}});  // an unlock before it
    auto number = model::as_number(request.value);
    if (const auto* name = std::get_if<std::string>(&request.value)) number = *name == "automatic" ? 1 : 0;
    if (request.point == kLevel && (*number < 0 || *number > 100)) {
      return base::invalid_argument("level takes 0 to 100");
    }
    plan.writes.push_back({spec.kind, spec.address, {static_cast<std::uint16_t>(*number)}});
    plan.settle = 500ms;
    const bool relay = request.point < kLevel;
    plan.measured = relay ? request.point + 1 : request.point;
    plan.read_back.push_back({points_[plan.measured].kind, points_[plan.measured].address, 1});
    plan.expected = relay ? model::Value{*number != 0} : model::Value{*number};
    return plan;
  }

  mutable std::vector<device::DriverState> states;  // handed to command()
  model::Quality quality = model::Quality::good;    // of what is read

 private:
  void add(std::string name, device::RegisterKind kind, std::uint16_t address, device::Encoding encoding) {
    device::PointSpec spec;
    spec.name = spec.metric = std::move(name);
    spec.kind = kind;
    spec.address = address;
    spec.encoding = encoding;
    points_.push_back(std::move(spec));
  }
  std::vector<device::PointSpec> points_;
  device::ReadPlan plan_;
};

class RelayBus final : public ports::RegisterBus {
 public:
  explicit RelayBus(base::Scheduler& home) : home_(home) {}

  void transact(const ports::BusRequest& request, Callback done) override {
    REQUIRE_FALSE(busy_);
    busy_ = true;
    home_.post_at(home_.now() + 10ms, [this, request, done = std::move(done)]() mutable {
      busy_ = false;
      done(answer(request));
    });
  }

  [[nodiscard]] bool was_sent() const override { return sent; }

  bool sent = true;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> written;  // address, value: what arrived at the device
  std::map<std::uint16_t, std::uint16_t> words;
  std::optional<base::Error> write_error;
  std::size_t answered_first = 0;  // writes that are answered before write_error
  bool takes_effect = true;        // also where the write is answered with an error
  std::optional<base::Error> read_error;
  std::size_t reads = 0;

 private:
  base::Result<ports::BusReply> answer(const ports::BusRequest& request) {
    ports::BusReply reply;
    reply.at = home_.now();
    if (const auto* write = std::get_if<device::RegisterWrite>(&request.what)) {
      written.emplace_back(write->first, write->values.at(0));
      const bool coil = write->kind == device::RegisterKind::coil;
      if (takes_effect) words[static_cast<std::uint16_t>(write->first + (coil ? 96 : 0))] = write->values.at(0);
      if (write_error && written.size() > answered_first) return *write_error;
      return reply;
    }
    ++reads;
    if (read_error) return *read_error;
    reply.words.push_back(words[std::get<device::RegisterBlock>(request.what).first]);
    return reply;
  }
  base::Scheduler& home_;
  bool busy_ = false;
};

// Jobs one after another, like the poller gives them; a test can hold them back.
class HeldQueue final : public pipeline::BusQueue {
 public:
  HeldQueue(base::Scheduler& home, ports::RegisterBus& bus) : home_(home), bus_(bus) {}

  void submit(pipeline::BusJob job) override {
    home_.post([this, job = std::make_shared<pipeline::BusJob>(std::move(job))] {
      jobs_.push_back(job);
      next();
    });
  }
  void open() {
    closed = false;
    next();
  }

  bool closed = false;
  std::optional<base::Error> error;  // instead of the bus
  std::size_t run = 0;

 private:
  void next() {
    if (busy_ || closed || jobs_.empty()) return;
    const auto job = jobs_.front();
    jobs_.erase(jobs_.begin());
    ++run;
    if (error) return job->run(*error, nullptr);
    if (home_.now() >= job->expires) {
      job->run(base::Error{base::Errc::timeout, base::Consequence::drop_record, "waited too long"}, nullptr);
      return next();
    }
    busy_ = true;
    job->run(&bus_, [this] {
      busy_ = false;
      next();
    });
  }
  base::Scheduler& home_;
  ports::RegisterBus& bus_;
  std::vector<std::shared_ptr<pipeline::BusJob>> jobs_;
  bool busy_ = false;
};

class CommandWorld {
 public:
  using State = std::map<std::pair<std::string, std::string>, std::optional<base::Bytes>>;
  struct Setup {
    State state;  // as an earlier gateway left it
    std::chrono::microseconds uptime{};
    base::BootId boot{};
    bool clock_trusted = true;
    std::uint64_t seed = 1;
    std::string interlock;  // of relay-1
    std::vector<bool> allowed{true, false, true, false, true, true, true};
    std::vector<model::Value> interlock_when{};
    bool has_relay = true;
    int max_per_minute = 6;
    bool audited = false;
    std::vector<bool> local_only{};
  };
  CommandWorld() : CommandWorld(Setup{}) {}
  explicit CommandWorld(Setup setup)
      : time(base::WallTime{} + std::chrono::hours{480'000}), random(setup.seed), setup_(std::move(setup)) {
    base::log::set_level(base::log::Level::off);
    time.set_boot_id(setup_.boot);
    time.set_trusted(setup_.clock_trusted);
    time.run_for(setup_.uptime);
    outbox.state = setup_.state;
    add_points("relay-1", setup_.has_relay);
    add_points("pump-3", true);
    rules = rules::Evaluator::compile({}, points).evaluator;
    time_keeper = std::make_unique<pipeline::TimeKeeper>(time, "system", std::vector<ports::StateEntry>{});
    catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
    recorder = std::make_unique<pipeline::Recorder>(
        pipeline::Recorder::Options{}, wire::Chunker({}, wire::Codec::none, catalogues), outbox, *core, listener);
    trail = std::make_unique<pipeline::AuditTrail>(entries(pipeline::AuditTrail::kSpace));
    judge = std::make_unique<pipeline::Judge>(pipeline::Judge::Parts{points,
                                                                     *rules,
                                                                     *recorder,
                                                                     *time_keeper,
                                                                     *core,
                                                                     {},
                                                                     {},
                                                                     nullptr,
                                                                     nullptr,
                                                                     setup_.audited ? trail.get() : nullptr});
    judge->observe([this](const model::Event& event) { events.push_back(event); });
    commander = std::make_unique<pipeline::Commander>(pipeline::Commander::Parts{
        *judge, *recorder, outbox, points, *core, time, random, devices(), entries("command"), entries("hold")});
    commander->start();
  }

  std::vector<ports::StateEntry> entries(const std::string& space) const {
    std::vector<ports::StateEntry> out;
    for (const auto& [key, value] : outbox.state) {
      if (key.first == space && value) out.push_back({key.second, *value});
    }
    return out;
  }

  model::CommandOrder order(std::string point, model::Value value, std::string id = "") const {
    return {std::move(id),
            model::DeviceId{"relay-1"},
            std::move(point),
            std::move(value),
            model::CommandOrigin::platform,
            {"platform", ""},
            10s};
  }
  // The place in `answers` where the result will be.
  std::size_t submit(model::CommandOrder order) {
    const auto n = answers.size();
    answers.emplace_back();
    commander->submit(std::move(order), [this, n](const model::CommandResult& result) {
      CHECK_FALSE(answers[n]);
      answers[n] = result;
    });
    return n;
  }
  model::CommandResult ask(model::CommandOrder order) {
    const auto n = submit(std::move(order));
    time.run_for(3s);
    REQUIRE(answers[n]);
    return *answers[n];
  }
  void put(std::string_view device, std::string_view point, model::Value value,
           model::Quality quality = model::Quality::good) {
    const auto handle = points.find(model::DeviceId{std::string(device)}, point);
    REQUIRE(handle);
    points.apply({*handle, std::move(value), quality, time.boot_now()});
  }
  template <class Body>
  std::vector<Body> told() const {
    std::vector<Body> out;
    for (const auto& event : events) {
      if (const auto* body = std::get_if<Body>(&event.body)) out.push_back(*body);
    }
    return out;
  }

  base::VirtualTime time;
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> home = time.make_scheduler();
  base::SeededRandom random;
  RelayDriver driver;
  RelayDriver pump_driver;
  RelayBus bus{*home};
  HeldQueue queue{*home, bus};
  MemoryOutbox outbox{*core};
  device::DriverState driver_state{7};
  model::PointTable points;
  wire::Catalogues catalogues;
  std::unique_ptr<rules::Evaluator> rules;
  std::unique_ptr<pipeline::TimeKeeper> time_keeper;
  std::unique_ptr<pipeline::Recorder> recorder;
  std::unique_ptr<pipeline::AuditTrail> trail;
  std::unique_ptr<pipeline::Judge> judge;
  std::vector<model::Event> events;
  std::vector<std::optional<model::CommandResult>> answers;
  std::unique_ptr<pipeline::Commander> commander;

 private:
  struct Listener final : pipeline::CommitListener {
    void committed(const std::vector<ports::StoredKey>&) override {}
  };

  void add_points(const std::string& device, bool wanted) {
    if (!wanted) return;
    for (const auto& spec : driver.points()) {
      model::PointInfo info;
      info.device = model::DeviceId{device};
      info.name = info.metric = spec.name;
      info.labels = {{"device", device}};
      info.period = 10s;
      info.place.department = "water";
      points.add(std::move(info));
    }
  }

  std::vector<pipeline::CommandedDevice> devices() {
    std::vector<pipeline::CommandedDevice> out;
    const auto add = [this, &out](const char* id, const RelayDriver& which) {
      pipeline::CommandedDevice device;
      device.id = model::DeviceId{id};
      device.title = "a relay";
      device.driver = &which;
      device.timeout = 100ms;
      device.first_point = *points.find(device.id, "relay-1");
      device.queue = &queue;
      device.home = home.get();
      device.allowed = setup_.allowed;
      device.local_only = setup_.local_only;
      device.max_per_minute = setup_.max_per_minute;
      device.state = [this] { return driver_state; };
      out.push_back(std::move(device));
    };
    if (setup_.has_relay) add("relay-1", driver);
    add("pump-3", pump_driver);
    if (!setup_.interlock.empty()) {
      auto compiled = rules::Condition::compile({setup_.interlock, {}}, model::DeviceId{"relay-1"}, "", points);
      for (const auto& problem : compiled.problems) UNSCOPED_INFO(problem.what);
      REQUIRE(compiled.condition);
      out.front().interlocks.push_back(
          {RelayDriver::kRelay1, setup_.interlock_when, setup_.interlock, std::move(compiled.condition)});
    }
    return out;
  }

  Listener listener;
  Setup setup_;
};

}  // namespace wayside::tests
