#include "pipeline/answers.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_link.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using pipeline::Answers;

namespace {

struct Next final : ports::LinkListener {
  void link_up(const ports::MqttConnected& /*broker*/) override { ++ups; }
  void link_down() override { ++downs; }
  int ups = 0;
  int downs = 0;
};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    answers.set_link(link);
  }
  void send(const std::string& topic) {
    answers.send({topic, {}, false, ""}, [this, topic](bool arrived) { told.emplace_back(topic, arrived); });
  }
  void settle() { time.run_for(std::chrono::milliseconds{1}); }
  void up() {
    link.up = true;
    answers.link_up({});
  }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  Next next;
  tests::FakeLink link;
  Answers answers{next, *core};
  std::vector<std::pair<std::string, bool>> told;
};

}  // namespace

TEST_CASE("an answer leaves at once, four at a time, and says when it has arrived") {
  World world;
  world.up();
  for (int i = 0; i < 6; ++i) world.send(std::to_string(i));
  CHECK(world.link.sent.size() == 4);
  world.link.sent[1].done({});
  CHECK(world.link.sent.size() == 5);
  world.link.sent[0].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "acl"});
  world.settle();
  CHECK(world.told == std::vector<std::pair<std::string, bool>>{{"1", true}, {"0", false}});
  CHECK(world.answers.counters().refused == 1);
  CHECK(world.answers.counters().acknowledged == 1);
}

TEST_CASE("what a connection took with it is sent again on the next one, unless it is old") {
  World world;
  world.up();
  world.send("a");
  world.link.up = false;
  world.link.sent[0].done(base::Error{base::Errc::closed, base::Consequence::retry_later, "gone"});
  world.answers.link_down();
  world.time.run_for(std::chrono::seconds{30});
  world.send("b");
  world.time.run_for(std::chrono::seconds{31});
  world.up();
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.link.sent[1].message.topic == "b");
  world.settle();
  CHECK(world.told == std::vector<std::pair<std::string, bool>>{{"a", false}});
  CHECK(world.next.ups == 2);
  CHECK(world.next.downs == 1);
}

TEST_CASE("of too many the oldest that has not left goes") {
  World world;
  for (std::size_t i = 0; i <= Answers::kMost; ++i) world.send(std::to_string(i));
  world.settle();
  CHECK(world.told == std::vector<std::pair<std::string, bool>>{{"0", false}});
  CHECK(world.answers.waiting() == Answers::kMost);
  CHECK(world.answers.counters().dropped == 1);
}
