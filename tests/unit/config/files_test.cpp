#include "config/files.hpp"

#include "site.hpp"
#include "support/catch.hpp"

using namespace wayside;                // NOLINT(google-build-using-namespace)
using namespace wayside::config::test;  // NOLINT(google-build-using-namespace)

TEST_CASE("what was read of a site is a site of its own") {
  Site site;
  site.write("profiles/meter.yaml", kMeter);
  site.write("rules/light.yaml", kRules);
  const auto file = site.write("a/gateway.yaml", kHead + R"(profiles: [../profiles]
rules: [../rules/light.yaml]
buses:
  - {id: line, serial: {port: /dev/ttyS1}}
devices:
  - {id: m, bus: line, unit: 1, profile: meter}
)");
  const config::NotedFiles noted(config::disk());
  const auto loaded = config::load_gateway(file, kFamilies, noted);
  REQUIRE(site.messages(loaded).empty());
  CHECK(noted.read_so_far().size() == 3);
  std::filesystem::remove_all(site.path("profiles"));
  std::filesystem::remove_all(site.path("rules"));
  const config::KeptFiles kept(noted.read_so_far());
  const auto again = config::load_gateway(file, kFamilies, kept);
  REQUIRE(site.messages(again).empty());
  CHECK(again.value->devices == loaded.value->devices);
  CHECK(again.value->rules == loaded.value->rules);
  CHECK_FALSE(config::load_gateway(file, kFamilies).value.has_value());
}

TEST_CASE("kept files know their folders, and nothing of the disk") {
  const config::KeptFiles files({{"/a/b.yaml", "1"}, {"/a/c/d.yaml", "2"}, {"/a/c.yaml", "3"}});
  CHECK(files.kind("/a") == config::FileKind::folder);
  CHECK(files.kind("/a/c/../b.yaml") == config::FileKind::file);
  CHECK(files.kind("/etc/passwd") == config::FileKind::missing);
  CHECK(files.list("/a/").value() == std::vector<std::string>{"/a/b.yaml", "/a/c.yaml"});
  CHECK(files.read("/a/x/../c/d.yaml").value() == "2");
  CHECK(files.read("/etc/passwd").has_error());
}

TEST_CASE("a rule that has only moved is the same rule") {
  Site site;
  const auto one = config::load_rules(site.write("one.yaml", kRules));
  const auto two = config::load_rules(site.write("two.yaml", "# a comment\n\n" + kRules));
  REQUIRE(one.value.has_value());
  CHECK(one.value == two.value);
  auto other = kRules;
  other.replace(other.find("10s"), 3, "11s");
  const auto three = config::load_rules(site.write("three.yaml", other));
  CHECK_FALSE(one.value == three.value);
}
