#include "daemon/config_start.hpp"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "dying_files.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using model::ConfigState;

namespace {

std::string text_of(const std::string& department) {
  return "gateway: {id: gw-1, area: {city: c, district: d, street: s, grid: g}, department: " + department +
         "}\nstore: {path: w.db}\ncontrol: {socket: c.sock}\ndevices: []\nbuses: []\n";
}

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    std::string pattern = (std::filesystem::temp_directory_path() / "wayside-start-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    file = folder + "/gateway.yaml";
  }
  ~World() { std::filesystem::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void write(const std::string& text) const { std::ofstream(file) << text; }
  // What a start would run: "2 lighting", "none".
  std::string start() {
    daemon::ConfigVersions versions(files);
    const auto chosen = daemon::choose_config(file, versions, {}, time);
    journal = versions.journal();
    if (!chosen) return "none";
    return std::to_string(chosen->number) + " " + chosen->candidate.config->responsible.department;
  }
  // One put on trial while the gateway works.
  void put_on_trial(const std::string& department) {
    daemon::ConfigVersions versions(files);
    REQUIRE(versions.open().has_value());
    const model::ConfigBundle bundle{file, {{file, text_of(department)}}};
    REQUIRE(versions.add(bundle, {}, ConfigState::trial, {}).has_value());
  }
  void keep_trial() {
    daemon::ConfigVersions versions(files);
    REQUIRE(versions.open().has_value());
    REQUIRE(versions.commit().has_value());
  }

  std::string folder;
  std::string file;
  tests::DyingFiles files;
  base::VirtualTime time{base::WallTime{}};
  model::ConfigJournal journal;
};

}  // namespace

TEST_CASE("the first start runs the file, the next ones the same version") {
  World world;
  CHECK(world.start() == "none");
  world.write(text_of("lighting"));
  CHECK(world.start() == "1 lighting");
  CHECK(world.start() == "1 lighting");
  CHECK(world.journal.versions.size() == 1);
}

TEST_CASE("a file that a person has changed is run, a wrong one is not") {
  World world;
  world.write(text_of("lighting"));
  CHECK(world.start() == "1 lighting");
  world.write(text_of("water"));
  CHECK(world.start() == "2 water");
  world.write("gateway: {\n");
  CHECK(world.start() == "2 water");
  world.write(text_of("lighting"));
  CHECK(world.start() == "3 lighting");
}

TEST_CASE("what was applied stays at work after a start, although the file says otherwise") {
  World world;
  world.write(text_of("lighting"));
  CHECK(world.start() == "1 lighting");
  world.put_on_trial("water");
  world.keep_trial();
  CHECK(world.start() == "2 water");
  CHECK(world.start() == "2 water");
  world.write(text_of("roads"));
  CHECK(world.start() == "3 roads");
}

TEST_CASE("what was on trial when the gateway ended is refused, also when it came from the file") {
  World world;
  world.write(text_of("lighting"));
  CHECK(world.start() == "1 lighting");
  world.write(text_of("water"));
  {
    daemon::ConfigVersions versions(world.files);
    REQUIRE(versions.open().has_value());
    const auto candidate = site::read_candidate(world.file, config::disk(), {});
    REQUIRE(versions.add(candidate.bundle, {}, ConfigState::trial, candidate.digest).has_value());
  }
  CHECK(world.start() == "1 lighting");
  CHECK(world.journal.find(2)->state == ConfigState::refused);
  CHECK(world.start() == "1 lighting");
}

TEST_CASE("where versions cannot be kept the file is run all the same") {
  World world;
  world.write(text_of("lighting"));
  world.files.steps_left = 0;
  CHECK(world.start() == "0 lighting");
}

TEST_CASE("a damaged version: the file, else any other good one") {
  World world;
  world.write(text_of("lighting"));
  CHECK(world.start() == "1 lighting");
  world.put_on_trial("water");
  world.keep_trial();
  world.files.spoil("2.config");
  CHECK(world.start() == "3 lighting");
  world.write("gateway: [\n");
  CHECK(world.start() == "3 lighting");
  world.files.spoil("3.config");
  CHECK(world.start() == "1 lighting");
}
