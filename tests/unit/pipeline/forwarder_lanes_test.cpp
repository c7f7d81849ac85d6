// The forwarder's lanes and headers, a store that cannot be read or written, and the window as throughput is learnt.
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
    if (failing_reads == 0) return memory.peek(stream, range, std::move(done));
    --failing_reads;
    core.post([done = std::move(done)]() mutable { done(kFailed); });
  }
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override {
    if (failing_removals == 0) return memory.release(std::move(keys), std::move(done));
    --failing_removals;
    core.post([done = std::move(done)]() mutable { done(kFailed); });
  }
  void stats(StatsCallback done) override { memory.stats(std::move(done)); }
  base::Scheduler& core;
  tests::MemoryOutbox memory;
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
  void up(const ports::MqttConnected& broker = {}) {
    link.up = true;
    forwarder.link_up(broker);
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
  rules::NoSiteTime calendar;
  pipeline::ByteBudget budget{{10'000'000, 0}, calendar, std::nullopt, time.boot_now()};
  pipeline::Forwarder forwarder{{model::GatewayId{"gw-1"}, wire::Topics({"c", "d", "s", "g"}, model::GatewayId{"gw-1"}),
                                 outbox, keeper, *core, &budget}};
};

}  // namespace

TEST_CASE("the header says in which lane a chunk came and who it is") {
  World world;
  world.store(kTelemetry);
  world.up();
  world.store(kTelemetry);
  world.store(kAlarm);
  REQUIRE(world.link.sent.size() == 3);
  CHECK(world.chunk(0).lane() == v1::LANE_BACKFILL);
  CHECK(world.chunk(1).lane() == v1::LANE_LIVE);
  CHECK(world.chunk(2).lane() == v1::LANE_ALARM);
  CHECK(world.chunk(1).gateway() == "gw-1");
  CHECK(world.chunk(1).epoch() == 1);
  CHECK(world.chunk(1).first_number() == 2);
  CHECK(world.chunk(1).body() == std::string(100, '\1'));
  CHECK_FALSE(world.link.sent[0].message.retain);
}

TEST_CASE("the date is filled in when a chunk is sent, not when it was stored") {
  World world;
  world.time.set_trusted(false);
  world.store(kAlarm);
  world.time.set_trusted(true);
  REQUIRE(world.keeper.check());
  world.up();
  CHECK(world.chunk(0).time_base().has_anchor());
}

TEST_CASE("alarms of the outage go in ascending order, before any telemetry") {
  World world;
  for (int i = 0; i < 3; ++i) {
    world.store(kTelemetry);
    world.store(kAlarm);
  }
  world.up();
  REQUIRE(world.link.sent.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(world.chunk(i).lane() == v1::LANE_ALARM);
    CHECK(world.chunk(i).first_number() == i + 1);
    CHECK(world.chunk(i + 3).first_number() == i + 1);
  }
}

TEST_CASE("everything unacknowledged is sent again after the link was down, as backfill, and what arrived is not") {
  World world;
  world.up();
  for (int i = 0; i < 3; ++i) world.store(kTelemetry);
  REQUIRE(world.link.sent.size() == 3);
  world.acknowledge(1);
  world.down();
  world.time.run_for(seconds{5});
  CHECK(world.link.sent.empty());
  world.up();
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.chunk(0).first_number() == 1);
  CHECK(world.chunk(1).first_number() == 3);
  CHECK(world.chunk(0).lane() == v1::LANE_BACKFILL);
  CHECK(world.forwarder.counters().in_flight == 2);
}

TEST_CASE("a chunk that waited for more than 30 s comes in the lane of the backfill, after newer ones") {
  World world;
  world.up();
  for (int i = 0; i < 2; ++i) world.store(kTelemetry, 16'000);  // 2 waits for the window
  world.time.run_for(seconds{31});
  world.store(kTelemetry, 16'000);
  world.acknowledge(0);
  world.acknowledge(1);
  REQUIRE(world.link.sent.size() >= 3);
  CHECK(world.chunk(1).first_number() == 3);
  CHECK(world.chunk(1).lane() == v1::LANE_LIVE);
  CHECK(world.chunk(2).first_number() == 2);
  CHECK(world.chunk(2).lane() == v1::LANE_BACKFILL);
}

TEST_CASE("a store that cannot be read is asked again, and nothing is lost") {
  World world;
  world.store(kAlarm);
  world.store(kTelemetry);
  world.outbox.failing_reads = 20;
  world.up();
  CHECK(world.link.sent.empty());
  CHECK(world.forwarder.counters().read_errors > 0);
  world.time.run_for(seconds{10});
  CHECK(world.link.sent.size() == 2);
}

TEST_CASE("what arrived is not sent again while its removal fails, and the removal is tried until it holds") {
  World world;
  world.outbox.failing_removals = 3;
  world.up();
  world.store(kAlarm);
  world.acknowledge(0);
  world.down();
  world.up();
  CHECK(world.link.sent.empty());
  world.time.run_for(seconds{10});
  CHECK(world.outbox.memory.chunks.empty());
  CHECK(world.forwarder.counters().acknowledged == 1);
}

TEST_CASE("the window grows with measured throughput, and stays a quarter of a second of it") {
  World world;
  for (int i = 0; i < 400; ++i) world.store(kTelemetry, 16'000);
  world.up();
  std::size_t most = 0;
  // The link carries one chunk in 20 ms: 800 kB/s, of which a quarter second is 200 kB.
  for (std::size_t next = 0; next < world.link.sent.size(); ++next) {
    world.time.run_for(milliseconds{19});
    most = std::max(most, world.unacknowledged_bytes());
    world.acknowledge(next);
  }
  CHECK(world.outbox.memory.chunks.empty());
  CHECK(most > 100'000);
  CHECK(most < 300'000);
}

TEST_CASE("what a metered link may not carry is held back by lanes, and goes with the next day") {
  World world;
  world.store(kTelemetry);
  world.budget.sent(7'000'000, world.time.boot_now());
  world.up();
  CHECK(world.link.sent.empty());
  world.store(kTelemetry);
  REQUIRE(world.link.sent.size() == 1);
  CHECK(world.chunk(0).lane() == v1::LANE_LIVE);
  world.acknowledge(0);
  world.budget.sent(2'000'000, world.time.boot_now());
  world.store(kTelemetry);
  CHECK(world.link.sent.size() == 1);
  world.store(kAlarm);
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.chunk(1).lane() == v1::LANE_ALARM);
  world.acknowledge(1);
  world.time.run_for(std::chrono::hours{24});
  REQUIRE(world.budget.turn(world.time.boot_now()));
  world.forwarder.budget_turned();
  world.settle();
  REQUIRE(world.link.sent.size() >= 3);
  world.acknowledge(2);
  REQUIRE(world.link.sent.size() == 4);
  CHECK(world.chunk(2).first_number() == 1);
  CHECK(world.chunk(3).first_number() == 3);
  CHECK(world.chunk(3).lane() == v1::LANE_BACKFILL);
}

TEST_CASE("a chunk that is too large for the broker is passed over, and stays for another broker") {
  World world;
  world.store(kTelemetry, 8000);
  world.store(kTelemetry, 1000);
  ports::MqttConnected small;
  small.maximum_packet_size = 4096;
  world.up(small);
  REQUIRE(world.link.sent.size() == 1);
  CHECK(world.chunk(0).first_number() == 2);
  CHECK(world.forwarder.counters().refused == 1);
  CHECK(world.forwarder.counters().in_flight == 1);
  world.acknowledge(0);
  world.down();
  world.up();
  REQUIRE(world.link.sent.size() == 1);
  CHECK(world.chunk(0).first_number() == 1);
}
