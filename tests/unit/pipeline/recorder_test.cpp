#include "pipeline/recorder.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/memory_outbox.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Listener final : pipeline::CommitListener {
  void committed(const std::vector<ports::StoredKey>& keys) override { count += keys.size(); }
  std::size_t count = 0;
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
        pipeline::Recorder::Options{}, wire::Chunker({}, wire::Codec::zstd, catalogues), outbox, *core, listener);
  }
  void telemetry() {
    const auto at = time.boot_now();
    recorder->record(
        {at, model::DataClass::internal, model::Telemetry{{{model::PointHandle{0}, 1.5, model::Quality::good, at}}}});
    recorder->end_instant();
  }
  void alarm(std::uint64_t count) {
    model::AlarmTransition transition;
    transition.alarm = "g/r d-1";
    transition.count = count;
    recorder->record({time.boot_now(), model::DataClass::internal, transition});
    recorder->change({"alarm", "g/r d-1", base::Bytes{static_cast<std::uint8_t>(count)}});
    recorder->end_instant();
  }
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  model::PointTable points;
  wire::Catalogues catalogues;
  tests::MemoryOutbox outbox{*core};
  Listener listener;
  std::unique_ptr<pipeline::Recorder> recorder;
};

}  // namespace

TEST_CASE("telemetry is committed within the loss window, many readings in one chunk") {
  World world;
  for (int i = 0; i < 7; ++i) {
    world.telemetry();
    world.time.run_for(milliseconds{100});
  }
  CHECK(world.outbox.commits.empty());
  world.time.run_for(milliseconds{200});
  REQUIRE(world.outbox.chunks.size() == 1);
  CHECK(world.outbox.chunks[0].chunk.events == 7);
}

TEST_CASE("an alarm is committed at once, its state in the same transaction") {
  World world;
  world.alarm(1);
  REQUIRE(world.outbox.commits.size() == 1);
  CHECK(world.outbox.commits[0].chunks.size() == 1);
  REQUIRE(world.outbox.commits[0].state.size() == 1);
  CHECK(world.outbox.commits[0].state[0].value == base::Bytes{1});
  world.time.run_for(milliseconds{1});
  CHECK(world.listener.count == 1);
}

TEST_CASE("a refused commit is tried again: order is kept and the later state wins") {
  World world;
  world.outbox.failing = true;
  world.alarm(1);
  world.time.run_for(milliseconds{10});
  world.alarm(2);
  world.time.run_for(seconds{3});
  CHECK(world.outbox.chunks.empty());
  CHECK(world.recorder->counters().failed_commits >= 2);
  world.outbox.failing = false;
  world.time.run_for(seconds{2});
  REQUIRE(world.outbox.chunks.size() == 2);
  CHECK(world.outbox.chunks[0].chunk.first_offset < world.outbox.chunks[1].chunk.first_offset);
  CHECK(world.outbox.state[{"alarm", "g/r d-1"}] == base::Bytes{2});
}

TEST_CASE("while the disk refuses, the oldest telemetry goes and alarms stay") {
  World world;
  world.outbox.failing = true;
  world.alarm(1);
  for (int i = 0; i < 400; ++i) {
    world.telemetry();
    world.time.run_for(seconds{1});
  }
  CHECK(world.recorder->counters().dropped_chunks > 100);
  world.outbox.failing = false;
  world.time.run_for(seconds{3});
  std::size_t alarms = 0;
  for (const auto& chunk : world.outbox.chunks) alarms += chunk.chunk.stream.kind == model::StreamKind::alarm ? 1U : 0U;
  CHECK(alarms == 1);
  CHECK(world.outbox.chunks.size() <= 258);
}

TEST_CASE("a flush makes everything durable, and answers also when the disk refuses") {
  World world;
  world.telemetry();
  world.recorder->change_later({"driver", "d-1", base::Bytes{9}});
  bool done = false;
  world.recorder->flush([&done] { done = true; });
  world.time.run_for(milliseconds{1});
  CHECK(done);
  CHECK(world.outbox.chunks.size() == 1);
  CHECK(world.outbox.state[{"driver", "d-1"}] == base::Bytes{9});
  world.outbox.failing = true;
  world.telemetry();
  done = false;
  world.recorder->flush([&done] { done = true; });
  world.time.run_for(milliseconds{1});
  CHECK(done);
}
