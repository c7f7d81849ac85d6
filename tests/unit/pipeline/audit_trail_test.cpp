#include "pipeline/audit_trail.hpp"

#include <map>

#include "support/catch.hpp"
#include "wire/audit.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using pipeline::AuditTrail;

namespace {

model::AuditNote note(std::string order = "", std::string_view outcome = model::kAuditDone) {
  return {model::AuditOrigin::platform, "desk", "write",          "lamp-1.level",
          std::string(outcome),         "50 %", std::move(order), ""};
}

struct Table {
  std::map<std::string, base::Bytes> rows;
  void take(const std::vector<ports::StateChange>& changes) {
    for (const auto& change : changes) {
      CHECK(change.space == AuditTrail::kSpace);
      if (change.value) {
        rows[change.key] = *change.value;
      } else {
        CHECK(rows.erase(change.key) == 1);
      }
    }
  }
  [[nodiscard]] std::vector<ports::StateEntry> entries() const {
    std::vector<ports::StateEntry> out;
    for (const auto& [key, value] : rows) out.push_back({key, value});
    return out;
  }
};

std::vector<base::Bytes> records(const AuditTrail& trail) {
  std::vector<base::Bytes> out;
  for (const auto& kept : trail.kept()) out.push_back(kept.record);
  return out;
}

AuditTrail::Appended add(AuditTrail& trail, Table& table, model::AuditNote what, std::int64_t second = 0) {
  auto appended = trail.append(std::move(what), {}, base::from_us(second * 1'000'000), std::nullopt);
  REQUIRE(appended.has_value());
  table.take(appended->changes);
  return *appended;
}

}  // namespace

TEST_CASE("each record carries the digest of the one before, also over a restart") {
  Table table;
  AuditTrail trail({});
  CHECK(trail.number() == 0);
  add(trail, table, note());
  add(trail, table, note());
  AuditTrail later(table.entries());
  CHECK(later.number() == 2);
  CHECK(later.digest() == trail.digest());
  const auto third = add(later, table, note());
  CHECK(wire::read_audit(third.entry.record)->previous == trail.digest());
  const auto checked = wire::check_chain(records(later));
  CHECK(checked.problems.empty());
  CHECK(checked.first == 1);
  CHECK(checked.last == 3);
  CHECK(checked.digest == later.digest());
}

TEST_CASE("a missing, an altered and an unreadable record show") {
  Table table;
  AuditTrail trail({});
  for (int i = 0; i < 5; ++i) add(trail, table, note());
  auto all = records(trail);
  const auto problems = [](std::vector<base::Bytes> some) { return wire::check_chain(some).problems; };
  auto missing = all;
  missing.erase(missing.begin() + 2);
  CHECK(problems(missing) == std::vector<std::string>{"entry 4 follows on 2: some are missing"});
  auto altered = all;
  auto record = *wire::read_audit(altered[1]);
  record.note.by = "nobody";
  altered[1] = wire::encode_audit(record);
  CHECK(problems(altered) ==
        std::vector<std::string>{"entry 3 does not follow on entry 2 as it stands here: one of them was altered"});
  auto unreadable = all;
  unreadable[3] = {0xff};
  CHECK(problems(unreadable).front() == "entry 4 cannot be read");
  auto first = all;
  first.erase(first.begin());
  CHECK(problems(first).empty());  // older ones are dropped here: the platform has them
  auto last = all;
  last.pop_back();
  CHECK(problems(last).empty());  // that the newest are gone shows only against the head
}

TEST_CASE("the newest thousand are kept") {
  Table table;
  AuditTrail trail({});
  for (int i = 0; i < 1100; ++i) add(trail, table, note());
  CHECK(table.rows.size() == AuditTrail::kKept);
  CHECK(trail.kept().front().number == 101);
  AuditTrail later(table.entries());
  CHECK(later.number() == 1100);
}

TEST_CASE("an order that was carried out is found by its id, one that was refused is not") {
  Table table;
  AuditTrail trail({});
  add(trail, table, note("a"));
  add(trail, table, note("b", model::kAuditRefused));
  CHECK(trail.find_order("a")->detail == "50 %");
  CHECK_FALSE(trail.find_order("b"));
  CHECK_FALSE(trail.find_order(""));
}

TEST_CASE("texts are cut between characters") {
  AuditTrail trail({});
  Table table;
  auto long_note = note();
  long_note.detail = "x";
  while (long_note.detail.size() < 400) long_note.detail += "灯";
  const auto appended = add(trail, table, long_note);
  const auto detail = wire::read_audit(appended.entry.record)->note.detail;
  CHECK(detail.size() == 256);  // 1 + 85 * 3
  CHECK(detail.ends_with("灯"));
}

TEST_CASE("the head is signed over the gateway, the number and the digest") {
  const auto message = wire::audit_head_message(model::GatewayId{"gw-1"}, 258, base::Bytes{7, 8});
  const std::string wanted =
      std::string("wayside.v1.AuditHead") + '\0' + "gw-1" + '\0' + '\x02' + '\x01' + std::string(6, '\0') + "\x07\x08";
  CHECK(message == base::Bytes(wanted.begin(), wanted.end()));
}
