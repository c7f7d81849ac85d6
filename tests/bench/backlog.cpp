#include "bench/backlog.hpp"

#include "bench/report.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kChunksOfCommit = 20;

}  // namespace

void fill_backlog(StoreRig& rig) {
  base::SeededRandom random(1);
  const auto chunk = make_chunk(kTelemetry, kEventsOfChunk * kEventBytes, kEventsOfChunk, random);
  const ports::Commit commit{std::vector(kChunksOfCommit, chunk), {}};
  rig.commit_one_by_one(kBacklogChunks / kChunksOfCommit, [&commit] { return commit; }, {});
}

Drained drain_backlog(StoreRig& rig, const std::function<void(pipeline::Forwarder&)>& attach) {
  pipeline::TimeKeeper time(rig.clock(), "bench", {});
  std::unique_ptr<pipeline::Forwarder> forwarder;
  const double cpu = cpu_seconds();
  const double begun = wall_seconds();
  std::function<void()> look;
  rig.run([&](std::function<void()> done) {
    const model::GatewayId gateway{"bench"};
    forwarder = std::make_unique<pipeline::Forwarder>(pipeline::Forwarder::Parts{
        gateway, wire::Topics({"city", "district", "street", "grid"}, gateway), rig.outbox(), time, rig.core()});
    attach(*forwarder);
    // Until the last removal is durable.
    look = [&, done = std::move(done)] {
      rig.outbox().stats([&, done](const ports::OutboxStats& stats) {
        if (stats.chunks == 0) return done();
        rig.core().post_at(rig.core().now() + std::chrono::milliseconds{5}, [&] { look(); });
      });
    };
    look();
  });
  const double took = wall_seconds() - begun;
  const Drained out{static_cast<double>(kBacklogEvents) / took,
                    (cpu_seconds() - cpu) * 1e6 / static_cast<double>(kBacklogEvents)};
  rig.run([&forwarder](const std::function<void()>& done) {
    forwarder.reset();  // on core, where it lives
    done();
  });
  return out;
}

}  // namespace wayside::bench
