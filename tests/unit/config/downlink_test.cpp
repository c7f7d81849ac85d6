// What the platform may ask of a gateway.
#include "site.hpp"

namespace {

using namespace wayside;
using namespace wayside::config::test;
using model::OrderKind;

std::string uplink(const std::string& downlink) {
  return kHead +
         "buses:\n  - {id: line, serial: {port: /dev/ttyS1}}\ndevices: []\nuplink:\n  broker: mqtt://localhost\n" +
         "  downlink:\n" + downlink;
}

TEST_CASE("without a word the platform may ask nothing") {
  Site site;
  const auto file = site.write("g.yaml", kHead + "buses:\n  - {id: line, serial: {port: /dev/ttyS1}}\ndevices: []\n" +
                                             "uplink: {broker: mqtt://localhost}\n");
  const auto loaded = config::load_gateway(file, kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  CHECK(loaded.value->uplink->downlink.allow.empty());
  CHECK(loaded.value->uplink->downlink.answers == Strings{"wayside/answer/"});
}

TEST_CASE("what may be asked, and what needs a signature") {
  Site site;
  const auto file = site.write("g.yaml", uplink(R"(    allow: [write, alarms, query, query-sensitive]
    keys: {desk: keys/desk.pem}
    answers: [city/answers/]
)"));
  const auto loaded = config::load_gateway(file, kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  const auto& downlink = loaded.value->uplink->downlink;
  CHECK(downlink.allow == std::vector{OrderKind::write, OrderKind::alarms, OrderKind::query});
  CHECK(downlink.allow_sensitive);
  REQUIRE(downlink.keys.size() == 1);
  CHECK(downlink.keys[0].name == "desk");
  CHECK(downlink.keys[0].file.ends_with("/keys/desk.pem"));
  CHECK(downlink.needs_signature ==
        std::vector{OrderKind::write, OrderKind::alarms, OrderKind::log_level, OrderKind::config});
  CHECK(downlink.answers == Strings{"city/answers/"});
}

TEST_CASE("what is wrong with it is told where it stands") {
  Site site;
  const auto file = site.write("g.yaml", uplink(R"(    allow: [wrte, query-sensitive, alarms, alarms]
    needs_signature: [write]
    answers: [wayside/v1/x/, "a/#/", plain]
)"));
  const auto messages = site.messages(config::load_gateway(file, kFamilies));
  const auto all = [&messages] {
    std::string out;
    for (const auto& message : messages) out += message + "\n";
    return out;
  }();
  for (const auto* part : {"did you mean 'write'?", "'query-sensitive' goes with 'query'", "'alarms' stands twice",
                           "'needs_signature' goes with 'keys'",
                           "answers under 'wayside/v1/' would look like what a gateway says of itself, or like orders",
                           "the beginning of topics such as wayside/answer/, without wildcards"}) {
    CAPTURE(part, all);
    CHECK(all.find(part) != std::string::npos);
  }
}

TEST_CASE("the audit trail's key stands beside the store where nothing else is said") {
  Site site;
  const auto tail = std::string("buses:\n  - {id: line, serial: {port: /dev/ttyS1}}\ndevices: []\n");
  auto loaded = config::load_gateway(site.write("g.yaml", kHead + tail), kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  CHECK(std::filesystem::path(loaded.value->audit.key_file).parent_path() ==
        std::filesystem::path(loaded.value->store.path).parent_path());
  loaded = config::load_gateway(site.write("g.yaml", kHead + tail + "audit: {key_file: keys/own.key}\n"), kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  CHECK(loaded.value->audit.key_file.ends_with("/keys/own.key"));
}

}  // namespace
