#include "unit/config/site.hpp"

namespace wayside::config::test {
namespace {

using namespace std::chrono_literals;

std::string with(const std::string& keys) {
  return "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: x > 1, " + keys + "}\n";
}

TEST_CASE("a rule says what becomes of its alarm, and without a word it goes back by itself") {
  Site site;
  const auto plain = load_rules(site.write("r.yaml", with("severity: low")));
  REQUIRE(plain.value);
  CHECK_FALSE(plain.value->at(0).acknowledge);
  CHECK_FALSE(plain.value->at(0).latch);
  CHECK(plain.value->at(0).realarm_after == 0s);
  CHECK(plain.value->at(0).escalate_after == 0s);
  CHECK(plain.value->at(0).stale_after == 24h);
  const auto full = load_rules(site.write(
      "r.yaml", with("acknowledge: required, latch: true, realarm_after: 8h, escalate: {after: 15m, to: night-shift}, "
                     "stale_after: 0s")));
  REQUIRE(full.value);
  const auto& rule = full.value->at(0);
  CHECK(rule.acknowledge);
  CHECK(rule.latch);
  CHECK(rule.realarm_after == 8h);
  CHECK(rule.escalate_after == 15min);
  CHECK(rule.escalate_to == "night-shift");
  CHECK(rule.stale_after == 0s);
}

TEST_CASE("a wrong word about the life of an alarm is told where it stands") {
  Site site;
  const auto problem = [&site](const std::string& keys) {
    const auto found = site.rules(with(keys));
    REQUIRE(found.size() == 1);
    return found[0];
  };
  CHECK(problem("acknowledge: requird").find("did you mean 'required'?") != std::string::npos);
  CHECK(problem("latch: maybe").find("'latch'") != std::string::npos);
  CHECK(problem("realarm_after: 10s").find("'realarm_after'") != std::string::npos);
  CHECK(problem("escalate: {after: 15m}").find("missing key 'to'") != std::string::npos);
  CHECK(problem("escalate: {after: 0s, to: x}").find("'after'") != std::string::npos);
  CHECK(problem("stale_after: 31d").find("'stale_after'") != std::string::npos);
}

TEST_CASE("the group of the gateway's own alarms is refused to rules") {
  Site site;
  const auto found = site.rules("groups:\n  - name: system\n    rules: [{alert: A, expr: x > 1}]\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("'system'") != std::string::npos);
}

}  // namespace
}  // namespace wayside::config::test
