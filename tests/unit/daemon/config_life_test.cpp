#include "daemon/config_life.hpp"

#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "dying_files.hpp"
#include "support/catch.hpp"

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using daemon::ConfigApplied;
using daemon::ConfigLife;
using daemon::ConfigOrder;
using daemon::ConfigVitals;
using model::ConfigState;

namespace {

// A site with so many buses, and no device.
std::string text_of(int buses, const std::string& more = "") {
  std::string out = R"(gateway: {id: gw-1, area: {city: c, district: d, street: s, grid: g}, department: lighting}
store: {path: w.db}
control: {socket: c.sock}
devices: []
buses:
)";
  for (int i = 0; i < buses; ++i) {
    out += "  - {id: b" + std::to_string(i) + ", tcp: {host: 127.0.0.1, port: " + std::to_string(5000 + i) + "}}\n";
  }
  return out + more;
}

model::ConfigBundle bundle(const std::string& text) { return {"gateway.yaml", {{"gateway.yaml", text}}}; }

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    REQUIRE(versions.open().has_value());
    auto first = site::open_candidate(bundle(text_of(1)), "/etc", {});
    REQUIRE(first.is_good());
    REQUIRE(versions.add(first.bundle, {}, ConfigState::good, {}).value() == 1);
    config = std::move(first.config);
    begin(first.digest, 1, {});
  }
  void begin(const base::Bytes& digest, std::uint64_t running, std::optional<daemon::ConfigTrial> trial) {
    life = std::make_unique<ConfigLife>(
        ConfigLife::Parts{versions,
                          *core,
                          *worker,
                          time,
                          {},
                          "/etc/gateway.yaml",
                          [this](site::Candidate candidate, ConfigLife::Switched done) {
                            core->post([this, candidate = std::move(candidate), done = std::move(done)]() mutable {
                              if (cannot_switch)
                                return done(base::Error{base::Errc::io, base::Consequence::retry_later, "no disk"});
                              ++switches;
                              config = std::move(candidate.config);
                              done({});
                            });
                          },
                          [this]() -> const config::GatewayConfig& { return *config; },
                          [this] { return vitals; },
                          [this](const model::AuditNote& note) { audit.push_back(note.action + " " + note.target); },
                          digest,
                          running,
                          "",
                          std::move(trial)});
    life->start();
  }
  base::Result<ConfigApplied> apply(const std::string& text, bool confirmed = false) {
    ConfigOrder order;
    order.bundle = bundle(text);
    order.by = {"li", ""};
    order.origin = "cabinet";
    order.confirm_within = 1min;
    order.confirmed = confirmed;
    return apply(std::move(order));
  }
  base::Result<ConfigApplied> apply(ConfigOrder order) {
    std::optional<base::Result<ConfigApplied>> got;
    life->apply(std::move(order), [&got](base::Result<ConfigApplied> result) { got = std::move(result); });
    time.run_for(10ms);
    REQUIRE(got.has_value());
    return *std::move(got);
  }
  std::string confirm() {
    std::string out = "no answer";
    life->confirm({"li", ""}, [&out](const base::Result<void>& done) { out = done ? "kept" : done.error().what; });
    time.run_for(10ms);
    return out;
  }
  std::string give_up() {
    std::string out = "no answer";
    life->give_up({"li", ""}, "it hums",
                  [&out](const base::Result<void>& done) { out = done ? "back" : done.error().what; });
    time.run_for(10ms);
    return out;
  }
  [[nodiscard]] std::size_t buses() const { return config->buses.size(); }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> worker = time.make_scheduler();
  tests::DyingFiles files;
  daemon::ConfigVersions versions{files};
  std::unique_ptr<config::GatewayConfig> config;
  ConfigVitals vitals{true, {"a", "b"}, {"a", "b"}};
  bool cannot_switch = false;
  int switches = 0;
  std::vector<std::string> audit;
  std::unique_ptr<ConfigLife> life;
};

}  // namespace

TEST_CASE("a configuration that is confirmed is kept") {
  World world;
  const auto applied = world.apply(text_of(2));
  REQUIRE(applied.has_value());
  CHECK(applied->number == 2);
  REQUIRE(applied->looked.difference.changes.size() == 1);
  CHECK(applied->looked.difference.changes[0].name == "b1");
  CHECK(world.buses() == 2);
  CHECK(world.life->running() == 2);
  CHECK(world.life->journal().current == 1);
  CHECK(world.confirm() == "kept");
  CHECK(world.life->journal().current == 2);
  CHECK_FALSE(world.life->trial().has_value());
  world.time.run_for(10min);
  CHECK(world.buses() == 2);
  CHECK(world.audit ==
        std::vector<std::string>{"apply configuration 2", "confirm configuration 2", "keep configuration 2"});
}

TEST_CASE("one that nobody confirms is gone back from, in time and not before") {
  World world;
  REQUIRE(world.apply(text_of(3)).has_value());
  world.time.run_for(58s);
  CHECK(world.buses() == 3);
  world.time.run_for(4s);
  CHECK(world.buses() == 1);
  CHECK(world.life->running() == 1);
  CHECK(world.life->journal().find(2)->state == ConfigState::refused);
  CHECK(world.life->journal().find(2)->outcome == "it was not confirmed in time");
}

TEST_CASE("a confirmed one is gone back from all the same while the gateway does worse") {
  World world;
  REQUIRE(world.apply(text_of(2)).has_value());
  world.vitals.link_up = false;
  CHECK(world.confirm().find("the link to the platform was up, and is down") != std::string::npos);
  CHECK(world.life->journal().current == 1);
  SECTION("until it is mended") {
    world.vitals.link_up = true;
    world.time.run_for(2s);
    CHECK(world.life->journal().current == 2);
    CHECK(world.buses() == 2);
  }
  SECTION("or the time is over") {
    world.time.run_for(62s);
    CHECK(world.buses() == 1);
    CHECK(world.life->journal().find(2)->outcome.find("does worse") != std::string::npos);
  }
}

TEST_CASE("one that needs no person is kept as soon as the gateway does as well as before") {
  World world;
  REQUIRE(world.apply(text_of(2), true).has_value());
  world.vitals.answering = {"a"};
  world.time.run_for(5s);
  CHECK(world.life->journal().current == 1);
  world.vitals.answering = {"a", "b"};
  world.time.run_for(2s);
  CHECK(world.life->journal().current == 2);
}

TEST_CASE("it can be given up at once, and an earlier one applied again") {
  World world;
  CHECK(world.give_up().find("no configuration is on trial") != std::string::npos);
  REQUIRE(world.apply(text_of(2)).has_value());
  CHECK(world.give_up() == "back");
  CHECK(world.buses() == 1);
  CHECK(world.life->journal().find(2)->outcome == "rolled back by li: it hums");
  REQUIRE(world.apply(text_of(4)).has_value());
  CHECK(world.confirm() == "kept");
  ConfigOrder order;
  order.version = 1;
  const auto applied = world.apply(std::move(order));
  REQUIRE(applied.has_value());
  CHECK(applied->number == 4);
  CHECK(world.buses() == 1);
}

TEST_CASE("what has problems, is the same, or comes while another is on trial is not applied") {
  World world;
  const auto wrong = world.apply(text_of(1, "devises: []\n"));
  REQUIRE(wrong.has_value());
  CHECK(wrong->number == 0);
  REQUIRE(wrong->looked.problems.size() == 1);
  CHECK(wrong->looked.problems[0].message().find("gateway.yaml:") != std::string::npos);
  CHECK(wrong->looked.problems[0].message().find("devices") != std::string::npos);
  const auto same = world.apply(text_of(1));
  REQUIRE(same.has_value());
  CHECK(same->looked.same);
  CHECK(same->number == 0);
  CHECK(world.switches == 0);
  REQUIRE(world.apply(text_of(2)).has_value());
  const auto second = world.apply(text_of(3));
  REQUIRE(second.has_error());
  CHECK(second.error().what.find("is on trial") != std::string::npos);
}

TEST_CASE("one that cannot be put to work leaves the one before at work") {
  World world;
  world.cannot_switch = true;
  const auto applied = world.apply(text_of(2));
  REQUIRE(applied.has_error());
  CHECK(applied.error().what == "no disk");
  CHECK(world.buses() == 1);
  CHECK(world.life->running() == 1);
  CHECK_FALSE(world.life->trial().has_value());
  CHECK(world.life->journal().trial == 0);
  CHECK(world.life->journal().find(2)->state == ConfigState::refused);
}

TEST_CASE("a disk that takes nothing: nothing is applied") {
  World world;
  world.files.steps_left = 0;
  const auto applied = world.apply(text_of(2));
  REQUIRE(applied.has_error());
  CHECK(applied.error().what.find("the version cannot be kept") != std::string::npos);
  CHECK(world.buses() == 1);
}

TEST_CASE("a trial goes on over a start of the gateway within the program") {
  World world;
  REQUIRE(world.apply(text_of(2)).has_value());
  const auto trial = world.life->trial();
  const auto digest = world.versions.journal().find(2)->digest;
  world.life.reset();
  world.begin(digest, 2, trial);
  world.time.run_for(62s);
  CHECK(world.buses() == 1);
}

TEST_CASE("how well a gateway does is compared over the devices that both have, and the share of new ones") {
  const ConfigVitals before{true, {"a", "b", "c", "d"}, {"a", "b"}};
  CHECK(worse(before, before).empty());
  CHECK(worse(before, {true, {"b", "c"}, {"b"}}).empty());
  CHECK(worse(before, {true, {"a", "b"}, {"a"}}) == "1 of the devices that answered before does not answer: b");
  CHECK(worse(before, {true, {"a", "b", "x", "y"}, {"a", "b", "x"}}).empty());
  CHECK(worse(before, {true, {"a", "b", "x", "y"}, {"a", "b"}}) == "2 of 2 new devices do not answer: x, y");
  CHECK(worse(before, {std::nullopt, {"a", "b"}, {"a", "b"}}).empty());
  CHECK_FALSE(worse(before, {false, {"a", "b"}, {"a", "b"}}).empty());
}
