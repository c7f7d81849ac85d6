// Alarms while the disk refuses: told at once, in order, and never without need.
#include "pipeline/notices.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_link.hpp"
#include "support/memory_outbox.hpp"
#include "wayside/v1/notice.pb.h"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Behind final : ports::LinkListener {
  void link_up(const ports::MqttConnected&) override { ++ups; }
  void link_down() override { ++downs; }
  int ups = 0;
  int downs = 0;
};

struct Ignored final : pipeline::CommitListener {
  void committed(const std::vector<ports::StoredKey>&) override {}
};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    notices.set_link(link);
    recorder.set_notices(&notices);
    link.up = true;
  }
  void alarm(std::uint64_t count) {
    model::AlarmTransition transition;
    transition.alarm = "g/r d-1";
    transition.count = count;
    transition.to = model::AlarmState::raised;
    recorder.record({time.boot_now(), model::DataClass::open, transition});
    recorder.end_instant();
  }
  void settle(std::chrono::microseconds span = milliseconds{10}) { time.run_for(span); }
  // The count that each message told, in order; all answered.
  std::vector<std::uint64_t> take() {
    std::vector<std::uint64_t> out;
    while (!link.sent.empty()) {
      auto sent = std::exchange(link.sent, {});
      for (auto& one : sent) {
        CHECK(one.message.topic == "wayside/v1/c/d/s/g/gw-1/up/public/notice");
        v1::Notice notice;
        REQUIRE(notice.ParseFromArray(one.message.payload.data(), static_cast<int>(one.message.payload.size())));
        CHECK_FALSE(notice.event().alarm().durable());
        CHECK(notice.event().alarm().to_state() == v1::ALARM_STATE_RAISED);
        CHECK(notice.gateway() == "gw-1");
        out.push_back(notice.event().alarm().transition_count());
        one.done({});
      }
    }
    return out;
  }
  void lose_link() {
    link.up = false;
    for (auto& sent : std::exchange(link.sent, {})) {
      sent.done(base::Error{base::Errc::closed, base::Consequence::retry_later, "lost"});
    }
    notices.link_down();
  }
  void restore_link() {
    link.up = true;
    notices.link_up({});
  }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  wire::Catalogues catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, {});
  tests::MemoryOutbox outbox{*core};
  tests::FakeLink link;
  Behind behind;
  Ignored ignored;
  pipeline::TimeKeeper keeper{time, "rtc", {}};
  pipeline::Notices notices{
      {model::GatewayId{"gw-1"}, {}, wire::Topics({"c", "d", "s", "g"}, model::GatewayId{"gw-1"}), keeper, behind}};
  pipeline::Recorder recorder{{}, wire::Chunker({}, wire::Codec::zstd, catalogues), outbox, *core, ignored};
};

using Counts = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a disk that takes everything needs no notice") {
  World world;
  world.alarm(1);
  CHECK(world.link.sent.empty());  // not before the disk has had its try
  world.settle();
  CHECK(world.take().empty());
}

TEST_CASE("an alarm that the disk refuses is told at once and in order, and stored when the disk is back") {
  World world;
  world.outbox.failing = true;
  world.alarm(1);
  CHECK(world.link.sent.empty());
  world.settle();
  CHECK(world.take() == Counts{1});
  world.alarm(2);  // nothing to wait for now
  world.alarm(3);
  CHECK(world.take() == Counts{2, 3});
  world.settle(seconds{5});
  CHECK(world.take().empty());  // each once
  world.outbox.failing = false;
  world.settle(seconds{2});
  CHECK(world.outbox.chunks.size() == 3);
  world.alarm(4);
  world.settle();
  CHECK(world.take().empty());
  CHECK(world.notices.counters().acknowledged == 3);
}

TEST_CASE("alarms recorded while the failing commit is under way are told behind its own") {
  World world;
  world.outbox.failing = true;
  world.alarm(1);
  world.alarm(2);
  world.settle();
  CHECK(world.take() == Counts{1, 2});
}

TEST_CASE("without a link notices wait, and are dropped when the disk was quicker") {
  World world;
  world.lose_link();
  world.outbox.failing = true;
  world.alarm(1);
  world.settle();
  world.restore_link();
  CHECK(world.behind.ups == 1);
  CHECK(world.take() == Counts{1});

  world.lose_link();
  world.alarm(2);
  world.settle();
  CHECK(world.notices.waiting() == 1);
  world.outbox.failing = false;
  world.settle(seconds{2});
  CHECK(world.notices.waiting() == 0);
  world.restore_link();
  CHECK(world.take().empty());
  CHECK(world.behind.downs == 2);
}

TEST_CASE("what a lost connection did not acknowledge is told again, in order") {
  World world;
  world.outbox.failing = true;
  for (std::uint64_t count = 1; count <= 6; ++count) world.alarm(count);
  world.settle();
  CHECK(world.link.sent.size() == pipeline::Notices::kWindow);
  world.link.sent[0].done({});
  world.lose_link();
  world.restore_link();
  CHECK(world.take() == Counts{2, 3, 4, 5, 6});
}

TEST_CASE("of too many notices the newest wait, and one that the broker refuses stops nothing") {
  World world;
  world.lose_link();
  world.outbox.failing = true;
  constexpr std::uint64_t kAll = pipeline::Notices::kMost + 10;
  for (std::uint64_t count = 1; count <= kAll; ++count) world.alarm(count);
  world.settle();
  CHECK(world.notices.waiting() == pipeline::Notices::kMost);
  CHECK(world.notices.counters().dropped == 10);
  world.restore_link();
  world.link.sent[0].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "no"});
  world.link.sent.erase(world.link.sent.begin());
  const auto told = world.take();
  REQUIRE(told.size() == pipeline::Notices::kMost - 1);
  CHECK(told.front() == 12);
  CHECK(told.back() == kAll);
  CHECK(world.notices.counters().refused == 1);
}
