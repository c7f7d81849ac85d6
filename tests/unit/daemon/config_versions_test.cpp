#include "daemon/config_versions.hpp"

#include "base/log.hpp"
#include "dying_files.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using daemon::ConfigVersions;
using model::ConfigState;
using tests::DyingFiles;

namespace {

model::ConfigBundle bundle(const std::string& text) { return {"/etc/g.yaml", {{"/etc/g.yaml", text}}}; }

std::uint64_t add(ConfigVersions& versions, const std::string& text, ConfigState state) {
  const auto number = versions.add(bundle(text), {}, state, {});
  return number ? *number : 0;
}

}  // namespace

TEST_CASE("a version on trial becomes the current one, or is refused") {
  DyingFiles files;
  ConfigVersions versions(files);
  REQUIRE(versions.open().has_value());
  CHECK(versions.journal().versions.empty());
  CHECK(add(versions, "one", ConfigState::good) == 1);
  CHECK(add(versions, "two", ConfigState::trial) == 2);
  CHECK(versions.journal().current == 1);
  CHECK(versions.journal().trial == 2);
  REQUIRE(versions.commit().has_value());
  CHECK(versions.journal().current == 2);
  CHECK(add(versions, "three", ConfigState::trial) == 3);
  REQUIRE(versions.refuse("it was not confirmed").has_value());
  CHECK(versions.journal().current == 2);
  CHECK(versions.journal().trial == 0);
  CHECK(versions.journal().find(3)->outcome == "it was not confirmed");

  ConfigVersions again(files);
  REQUIRE(again.open().has_value());
  CHECK(again.journal() == versions.journal());
  CHECK(again.bundle(1).value() == bundle("one"));
  CHECK(again.bundle(9).error().code == base::Errc::not_found);
}

TEST_CASE("wherever the machine dies, what was current is there whole, and the new one wholly or not at all") {
  // Each change with a death before each of its steps, and each death with and without what was not synced.
  for (const bool kept : {false, true}) {
    for (int change = 0; change < 3; ++change) {
      for (int step = 0;; ++step) {
        DyingFiles files;
        ConfigVersions versions(files);
        REQUIRE(versions.open().has_value());
        REQUIRE(add(versions, "one", ConfigState::good) == 1);
        if (change > 0) REQUIRE(add(versions, "two", ConfigState::trial) == 2);
        const auto before = versions.journal();
        files.steps = 0;
        files.steps_left = step;
        bool done = false;
        if (change == 0) done = add(versions, "two", ConfigState::trial) == 2;
        if (change == 1) done = versions.commit().has_value();
        if (change == 2) done = versions.refuse("why").has_value();
        const bool all_steps = files.steps <= step;
        files.come_back(kept);

        ConfigVersions after(files);
        REQUIRE(after.open().has_value());
        CAPTURE(kept, change, step);
        const bool is_before = after.journal() == before;
        CHECK((is_before || after.journal().versions.size() == 2));
        if (done) CHECK_FALSE(is_before);
        REQUIRE(after.journal().current != 0);
        CHECK(after.bundle(after.journal().current).has_value());
        if (after.journal().trial != 0) CHECK(after.bundle(after.journal().trial).value() == bundle("two"));
        if (all_steps) break;
        REQUIRE(step < 50);
      }
    }
  }
}

TEST_CASE("a damaged journal is set aside, and every bundle is one to go back to; a damaged bundle says so") {
  base::log::set_level(base::log::Level::off);
  DyingFiles files;
  ConfigVersions versions(files);
  REQUIRE(versions.open().has_value());
  add(versions, "one", ConfigState::good);
  add(versions, "two", ConfigState::good);
  files.spoil("journal");
  ConfigVersions after(files);
  const auto opened = after.open();
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == base::Errc::corrupt);
  CHECK(after.journal().current == 0);
  REQUIRE(after.journal().versions.size() == 2);
  CHECK(after.bundle(2).value() == bundle("two"));
  CHECK(add(after, "three", ConfigState::good) == 3);
  files.spoil("2.config");
  CHECK(after.bundle(2).error().code == base::Errc::corrupt);
}

TEST_CASE("old bundles are forgotten, never one in use") {
  DyingFiles files;
  ConfigVersions versions(files);
  REQUIRE(versions.open().has_value());
  add(versions, "first", ConfigState::good);
  for (std::size_t i = 0; i < ConfigVersions::kMostVersions + 10; ++i) {
    add(versions, "trial " + std::to_string(i), ConfigState::trial);
    REQUIRE(versions.refuse("no").has_value());
  }
  const auto& journal = versions.journal();
  CHECK(journal.versions.size() == ConfigVersions::kMostVersions);
  CHECK(journal.current == 1);
  CHECK(versions.bundle(1).value() == bundle("first"));
  CHECK(files.names().size() == ConfigVersions::kMostBundles + 1);
  const auto forgotten = versions.bundle(journal.versions[1].number);
  REQUIRE(forgotten.has_error());
  CHECK(forgotten.error().what.find("is not kept") != std::string::npos);
}
