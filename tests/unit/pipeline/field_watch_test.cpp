#include "pipeline/field_watch.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/judge.hpp"
#include "support/catch.hpp"
#include "support/memory_outbox.hpp"

namespace {

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using model::Quality;

struct Listener final : pipeline::CommitListener {
  void committed(const std::vector<ports::StoredKey>& /*keys*/) override {}
};

// One pump with a level and a running mark, polled every second; its level has a dead band.
struct World {
  explicit World(std::vector<ports::StateEntry> given = {}) : stored(std::move(given)) {
    base::log::set_level(base::log::Level::off);
    add("level", "");
    add("running", "running");
    add("key", "");
    points.add([this] {
      auto info = points.info(model::PointHandle{2});
      info.name = "secret";
      info.data_class = model::DataClass::sensitive;
      return info;
    }());
    pipeline::add_asset_points(points, {pump});
    model::RuleSpec spec;
    spec.group = "pump";
    spec.name = "old";
    spec.expr.text = "asset_burn_hours > 0.15";
    auto compiled = rules::Evaluator::compile(std::span(&spec, 1), points);
    for (const auto& problem : compiled.problems) UNSCOPED_INFO(problem.what);
    REQUIRE(compiled.problems.empty());
    rules = std::move(compiled.evaluator);
    catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
    recorder = std::make_unique<pipeline::Recorder>(
        pipeline::Recorder::Options{}, wire::Chunker({}, wire::Codec::zstd, catalogues), outbox, *core, listener);
    watch = std::make_unique<pipeline::FieldWatch>(
        pipeline::FieldWatch::Parts{points, keeper, *core, {pump}, {model::Responsibility{}}, stored});
    judge = std::make_unique<pipeline::Judge>(
        pipeline::Judge::Parts{points, *rules, *recorder, keeper, *core, {pump}, {model::BusId{"b"}}, watch.get()});
    judge->observe([this](const model::Event& event) { events.push_back(event); });
    watch->start(*judge);
  }
  void add(const char* name, const char* role) {
    model::PointInfo info;
    info.device = pump;
    info.name = name;
    info.metric = name;
    info.role = role;
    info.period = 1s;
    if (std::string_view(name) == "level") info.dead_band = model::DeadBand{0.5, 0, 1min};
    points.add(std::move(info));
  }
  void poll(std::vector<model::Reading> readings, bool answers = true) {
    pipeline::PollResult result;
    result.at = time.boot_now();
    result.counters.communicating = answers;
    result.readings = std::move(readings);
    judge->polled(std::move(result), [] {});
  }
  void run(std::chrono::seconds span, double level = 1.0) {
    for (auto t = 0s; t < span; t += 1s) {
      const auto at = time.boot_now();
      poll({{model::PointHandle{0}, level, Quality::good, at},
            {model::PointHandle{1}, true, Quality::good, at},
            {model::PointHandle{2}, std::int64_t{1}, Quality::good, at}});
      time.run_for(1s);
    }
  }
  template <class T>
  std::vector<std::pair<model::DataClass, T>> all() const {
    std::vector<std::pair<model::DataClass, T>> out;
    for (const auto& event : events) {
      if (const auto* body = std::get_if<T>(&event.body)) out.emplace_back(event.data_class, *body);
    }
    return out;
  }
  std::size_t told(std::uint32_t point) const {
    std::size_t count = 0;
    for (const auto& [c, telemetry] : all<model::Telemetry>()) {
      for (const auto& reading : telemetry.readings) count += model::index(reading.point) == point ? 1U : 0U;
    }
    return count;
  }
  model::DeviceId pump{"pump-1"};
  std::vector<ports::StateEntry> stored;
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  pipeline::TimeKeeper keeper{time, "system", {}};
  model::PointTable points;
  std::unique_ptr<rules::Evaluator> rules;
  wire::Catalogues catalogues;
  tests::MemoryOutbox outbox{*core};
  Listener listener;
  std::unique_ptr<pipeline::Recorder> recorder;
  std::unique_ptr<pipeline::FieldWatch> watch;
  std::unique_ptr<pipeline::Judge> judge;
  std::vector<model::Event> events;
};

}  // namespace

TEST_CASE("a dead band thins telemetry: rules see every value and nothing counts as missing") {
  World world;
  world.run(120s);
  CHECK(world.told(0) == 2);    // at once and after a minute
  CHECK(world.told(1) == 120);  // has no dead band
  CHECK(world.watch->counters().at("quality.suppressed") == 118);
  CHECK(world.points.newest(model::PointHandle{0}).at == world.time.boot_now() - 1s);
  const auto quality = world.watch->quality(0);
  REQUIRE(quality.points.size() == 4);
  CHECK(quality.points[0].hour.suppressed == 118);
  CHECK(model::completeness(quality.points[0].hour) == 10'000U);
}

TEST_CASE("data quality leaves every hour; a sensitive point is named only in the sensitive stream") {
  World world;
  world.run(3601s);
  const auto reports = world.all<model::DataQuality>();
  REQUIRE(reports.size() == 2);  // the secret was never sampled: not whole
  CHECK(reports[0].first == model::DataClass::internal);
  REQUIRE(reports[0].second.hour);
  CHECK(reports[0].second.hour->expected == 4 * 3600);
  CHECK(reports[0].second.hour->received == 3 * 3600);
  CHECK(reports[0].second.points.empty());
  CHECK(reports[1].first == model::DataClass::sensitive);
  CHECK_FALSE(reports[1].second.hour);
  REQUIRE(reports[1].second.points.size() == 1);
  CHECK(reports[1].second.points[0].point == "secret");
}

TEST_CASE("a repeated reading reaches neither the table nor the platform") {
  World world;
  world.time.run_for(1s);
  const auto at = world.time.boot_now();
  world.poll({{model::PointHandle{2}, std::int64_t{1}, Quality::good, at},
              {model::PointHandle{2}, std::int64_t{2}, Quality::good, at}});
  CHECK(world.points.newest(model::PointHandle{2}).value == model::Value{std::int64_t{1}});
  CHECK(world.told(2) == 1);
  CHECK(world.watch->counters().at("quality.repeated") == 1);
}

TEST_CASE("a result from the future is told with the time at which it came") {
  World world;
  pipeline::PollResult result;
  result.at = world.time.boot_now() + 10h;
  result.counters.communicating = true;
  result.readings = {{model::PointHandle{2}, std::int64_t{1}, Quality::good, result.at}};
  world.judge->polled(std::move(result), [] {});
  CHECK(world.events.back().at == world.time.boot_now());
  CHECK(world.points.newest(model::PointHandle{2}).quality == Quality::bad_invalid_timestamp);
}

TEST_CASE("hours reach the rules as points, and an alarm is counted on its device") {
  World world;
  world.run(601s);
  const auto alarms = world.all<model::AlarmTransition>();
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].second.alarm == "pump/old pump-1");
  REQUIRE(world.watch->assets().record(0));
  CHECK(world.watch->assets().record(0)->alarms == 1);
}

TEST_CASE("a first answer is told and stored in one commit; hours are written every ten minutes and at the end") {
  World world;
  world.poll({});
  REQUIRE(world.all<model::AssetReport>().size() == 1);
  REQUIRE(world.outbox.commits.size() == 1);
  CHECK(world.outbox.commits[0].chunks.size() == 1);
  REQUIRE(world.outbox.commits[0].state.size() == 1);
  CHECK(world.outbox.commits[0].state[0].key == "pump-1");
  world.run(1500s);
  std::size_t written = 0;
  for (const auto& commit : world.outbox.commits) {
    for (const auto& change : commit.state) written += change.space == "asset" ? 1U : 0U;
  }
  CHECK(written == 3);
  world.watch->stop();
  world.recorder->flush({});
  world.time.run_for(1s);
  const auto saved = world.outbox.state.at({"asset", "pump-1"});
  REQUIRE(saved);

  World after({{"pump-1", *saved}});
  REQUIRE(after.watch->assets().record(0));
  CHECK(after.watch->assets().record(0)->running_us == 1499U * 1'000'000U);
  // The hours stand at once, and with them what a rule makes of them.
  CHECK(after.all<model::AlarmTransition>().size() == 1);
}

TEST_CASE("of each point its last good value, what was found wrong and what was told are remembered") {
  World world;
  const model::PointHandle level{0};
  const auto& note = world.watch->note(level);
  CHECK(note.good_at == base::BootTime{});
  const auto sample = [&world](double value, Quality quality) {
    world.time.run_for(1s);
    world.poll({{level, value, quality, world.time.boot_now()}});
    return world.time.boot_now();
  };
  const auto first = sample(2.0, Quality::good);
  const auto second = sample(2.1, Quality::good);
  CHECK(note.good == model::Value{2.1});
  CHECK(note.held_back);
  CHECK(note.told_at == first);
  CHECK(note.faults == 0);
  sample(9.0, Quality::uncertain_range_exceeded);
  CHECK(note.good == model::Value{2.1});
  CHECK(note.good_at == second);
  CHECK(note.faults == static_cast<std::uint16_t>(pipeline::Fault::range));
  CHECK_FALSE(note.held_back);
}
