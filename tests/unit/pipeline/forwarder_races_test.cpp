// What may happen between a read and its answer, and between an acknowledgement and the removal.
#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "pipeline/forwarder.hpp"
#include "support/catch.hpp"
#include "support/fake_link.hpp"
#include "support/memory_outbox.hpp"
#include "wayside/v1/chunk.pb.h"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};
const base::Error kFailed{base::Errc::io, base::Consequence::retry_later, "disk"};

// Reads or removals that fail, so many times.
struct FailingOutbox final : ports::Outbox {
  explicit FailingOutbox(base::Scheduler& s) : core(s), memory(s) {}
  void commit(ports::Commit c, CommitCallback done) override { memory.commit(std::move(c), std::move(done)); }
  void peek(model::Stream stream, Range range, PeekCallback done) override {
    if (hold_reads) {
      memory.peek(stream, range, [this, done = std::move(done)](auto rows) mutable {
        held.push_back([rows = std::move(rows), done = std::move(done)]() mutable { done(std::move(rows)); });
      });
      return;
    }
    if (failing_reads == 0) return memory.peek(stream, range, std::move(done));
    --failing_reads;
    core.post([done = std::move(done)]() mutable { done(kFailed); });
  }
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override {
    if (hold_removals) {
      memory.slow_release = false;
      held_removals.push_back([this, keys = std::move(keys), done = std::move(done)]() mutable {
        memory.release(std::move(keys), std::move(done));
      });
      return;
    }
    if (failing_removals == 0) return memory.release(std::move(keys), std::move(done));
    --failing_removals;
    core.post([done = std::move(done)]() mutable { done(kFailed); });
  }
  void stats(StatsCallback done) override { memory.stats(std::move(done)); }
  base::Scheduler& core;
  tests::MemoryOutbox memory;
  bool hold_reads = false;
  bool hold_removals = false;
  std::vector<base::Task> held;
  std::vector<base::Task> held_removals;
  int failing_reads = 0;
  int failing_removals = 0;
};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    forwarder.set_link(link);
  }
  void store(model::Stream stream, std::size_t bytes = 100) {
    ports::Commit commit;
    commit.chunks.push_back({stream, time.boot_id(), {}, 1, {}, {}, 1, 0, row(bytes)});
    outbox.commit(std::move(commit), [this](auto keys) { forwarder.committed(*keys); });
    settle();
  }
  // Field 15 with its length in three bytes, so that header and row parse.
  static base::Bytes row(std::size_t bytes) {
    base::Bytes out{0x7A, static_cast<std::uint8_t>(0x80U | (bytes & 0x7FU)),
                    static_cast<std::uint8_t>(0x80U | ((bytes >> 7U) & 0x7FU)),
                    static_cast<std::uint8_t>(bytes >> 14U)};
    out.resize(out.size() + bytes, 1);
    return out;
  }
  void up() {
    link.up = true;
    forwarder.link_up({});
    settle();
  }
  void down() {
    link.up = false;
    for (auto& sent : std::exchange(link.sent, {})) {
      if (sent.done) sent.done(base::Error{base::Errc::closed, base::Consequence::retry_later, "lost"});
    }
    forwarder.link_down();
    settle();
  }
  void acknowledge(std::size_t position) {
    std::exchange(link.sent[position].done, {})({});
    settle();
  }
  void settle() { time.run_for(milliseconds{1}); }
  [[nodiscard]] v1::Chunk chunk(std::size_t position) const {
    v1::Chunk out;
    const auto& bytes = link.sent.at(position).message.payload;
    REQUIRE(out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return out;
  }
  [[nodiscard]] std::size_t unacknowledged_bytes() const {
    std::size_t bytes = 0;
    for (const auto& sent : link.sent) bytes += sent.done ? sent.message.payload.size() : 0;
    return bytes;
  }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  FailingOutbox outbox{*core};
  tests::FakeLink link;
  pipeline::TimeKeeper keeper{time, "rtc", {}};
  pipeline::Forwarder forwarder{
      {model::GatewayId{"gw-1"}, wire::Topics({"c", "d", "s", "g"}, model::GatewayId{"gw-1"}), outbox, keeper, *core}};
};

}  // namespace

TEST_CASE("an alarm stored while a read that did not see it is under way is sent") {
  World world;
  world.outbox.hold_reads = true;
  world.up();
  REQUIRE(!world.outbox.held.empty());
  world.store(kAlarm);
  world.outbox.hold_reads = false;
  for (auto& answer : std::exchange(world.outbox.held, {})) answer();
  world.settle();
  world.time.run_for(seconds{60});
  CHECK(world.link.sent.size() == 1);
}
TEST_CASE("a chunk that arrived is not sent again when its removal ends while it is read ahead") {
  World world;
  for (int i = 0; i < 3; ++i) world.store(kTelemetry, 16'000);  // 1..3
  world.up();                                                   // 1 under way
  world.outbox.hold_removals = true;
  world.store(kTelemetry, 16'000);  // 4, live
  world.acknowledge(0);             // 1 arrived
  REQUIRE(world.link.sent.size() >= 2);
  REQUIRE(world.chunk(1).first_number() == 4);
  world.acknowledge(1);  // 4 arrived
  world.down();
  world.up();
  REQUIRE(world.link.sent.size() == 1);
  CHECK(world.chunk(0).first_number() == 2);
  world.outbox.hold_removals = false;
  for (auto& removal : std::exchange(world.outbox.held_removals, {})) removal();
  world.settle();
  for (std::size_t n = 0; n < world.link.sent.size(); ++n) {
    CHECK(world.chunk(n).first_number() != 4);
    world.acknowledge(n);
  }
  CHECK(world.link.sent.size() == 2);
}
