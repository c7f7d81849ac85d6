// What the recorder commits with what, and in which order.
#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/recorder.hpp"
#include "support/catch.hpp"
#include "support/memory_outbox.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Listener final : pipeline::CommitListener {
  void committed(const std::vector<ports::StoredKey>& k) override { keys.insert(keys.end(), k.begin(), k.end()); }
  std::vector<ports::StoredKey> keys;
};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    model::PointInfo info;
    info.device = model::DeviceId{"d-1"};
    info.name = "a";
    points.add(std::move(info));
    catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
    recorder = std::make_unique<pipeline::Recorder>(
        pipeline::Recorder::Options{}, wire::Chunker({}, wire::Codec::none, catalogues), outbox, *core, listener);
  }
  void telemetry() {
    const auto at = time.boot_now();
    recorder->record(
        {at, model::DataClass::internal, model::Telemetry{{{model::PointHandle{0}, 1.5, model::Quality::good, at}}}});
  }
  void alarm(std::uint8_t state) {
    model::AlarmTransition transition;
    transition.alarm = "g/r d-1";
    recorder->record({time.boot_now(), model::DataClass::internal, transition});
    recorder->change({"alarm", "g/r d-1", base::Bytes{state}});
  }
  void settle() { time.run_for(milliseconds{1}); }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  model::PointTable points;
  wire::Catalogues catalogues;
  tests::MemoryOutbox outbox{*core};
  Listener listener;
  std::unique_ptr<pipeline::Recorder> recorder;
};

}  // namespace

TEST_CASE("nothing is committed before the instant ends; then all its transitions go as one chunk") {
  World world;
  for (std::uint8_t i = 0; i < 5; ++i) world.alarm(i);
  world.settle();
  CHECK(world.outbox.commits.empty());
  world.recorder->end_instant();
  REQUIRE(world.outbox.commits.size() == 1);
  REQUIRE(world.outbox.commits[0].chunks.size() == 1);
  CHECK(world.outbox.commits[0].chunks[0].events == 5);
  REQUIRE(world.outbox.commits[0].state.size() == 1);  // the latest of each key
  CHECK(world.outbox.commits[0].state[0].value == base::Bytes{4});
}

TEST_CASE("one commit is under way at a time; what comes meanwhile goes together with the next") {
  World world;
  for (std::uint8_t i = 0; i < 4; ++i) {
    world.alarm(i);
    world.recorder->end_instant();
  }
  CHECK(world.outbox.commits.size() == 1);
  world.settle();
  REQUIRE(world.outbox.commits.size() == 2);
  CHECK(world.outbox.commits[1].chunks.size() == 3);
  CHECK(world.listener.keys.size() == 4);
  CHECK(world.recorder->counters().chunks == 4);
}

TEST_CASE("an alarm does not take the telemetry along: its chunk goes on filling until its own window") {
  World world;
  world.telemetry();
  world.alarm(1);
  world.recorder->end_instant();
  world.settle();
  REQUIRE(world.outbox.chunks.size() == 1);
  CHECK(world.outbox.chunks[0].chunk.stream.kind == model::StreamKind::alarm);
  world.time.run_for(seconds{1});
  CHECK(world.outbox.chunks.size() == 2);
}

TEST_CASE("state that may wait goes with the next telemetry, the latest of it, and never over a newer change") {
  World world;
  world.recorder->change_later({"driver", "d-1", base::Bytes{1}});
  world.recorder->change_later({"driver", "d-1", base::Bytes{2}});
  world.recorder->end_instant();
  world.time.run_for(seconds{5});
  CHECK(world.outbox.commits.empty());
  world.telemetry();
  world.recorder->end_instant();
  world.time.run_for(seconds{1});
  REQUIRE(world.outbox.commits.size() == 1);
  CHECK(world.outbox.state[{"driver", "d-1"}] == base::Bytes{2});

  world.recorder->change_later({"alarm", "x", base::Bytes{1}});
  world.recorder->change({"alarm", "x", base::Bytes{2}});
  world.recorder->end_instant();
  world.telemetry();
  world.recorder->end_instant();
  world.time.run_for(seconds{2});
  CHECK(world.outbox.state[{"alarm", "x"}] == base::Bytes{2});
}

TEST_CASE("each reading is durable within the loss window, however long telemetry goes on") {
  World world;
  std::size_t events = 0;
  for (int i = 0; i < 300; ++i) {
    world.telemetry();
    world.recorder->end_instant();
    world.time.run_for(milliseconds{70});
    events = 0;
    for (const auto& chunk : world.outbox.chunks) events += chunk.chunk.events;
    const auto waiting = static_cast<std::size_t>(i + 1) - events;
    CHECK(waiting * 70 < 1000);
  }
  CHECK(world.outbox.chunks.size() < 40);
}

TEST_CASE("a refused commit keeps the state with its chunks, and a removal of state is not lost") {
  World world;
  world.outbox.failing = true;
  world.alarm(1);
  world.recorder->change({"alarm", "gone", std::nullopt});
  world.recorder->end_instant();
  world.time.run_for(seconds{5});
  CHECK(world.listener.keys.empty());
  world.outbox.failing = false;
  world.time.run_for(seconds{2});
  const auto& last = world.outbox.commits.back();
  CHECK(last.chunks.size() == 1);
  CHECK(last.state.size() == 2);
  CHECK(world.outbox.state.contains({"alarm", "gone"}));
  CHECK_FALSE(world.outbox.state[{"alarm", "gone"}]);
}
