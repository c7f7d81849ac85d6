#include "pipeline/command_journal.hpp"

#include "base/log.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using pipeline::CommandJournal;

model::CommandResult result(const std::string& id, model::CommandOutcome outcome = model::CommandOutcome::done) {
  model::CommandResult out;
  out.id = id;
  out.device = model::DeviceId{"relay-1"};
  out.point = "relay-1";
  out.asked = 12.5;
  out.unit = "m";
  out.by = "tech (李伟)";
  out.origin = model::CommandOrigin::rule;
  out.outcome = outcome;
  out.written = model::Written::unknown;
  out.reason = "because";
  out.measured_point = "state";
  out.measured = std::string("open");
  out.quality = model::Quality::uncertain_sub_normal;
  out.asked_at = base::from_us(5);
  out.asked_boot = {1, 2, 3};
  out.measured_at = base::from_us(7);
  out.place = {{"a", "b", "c", "d"}, "water"};
  return out;
}

base::BootTime at(std::chrono::microseconds t) { return base::BootTime{} + t; }

}  // namespace

TEST_CASE("an entry keeps everything of a command") {
  for (const model::Value& value : {model::Value{}, model::Value{1.5}, model::Value{std::int64_t{-3}},
                                    model::Value{true}, model::Value{std::string("auto")}}) {
    auto command = result("c-1");
    command.asked = value;
    const auto change = CommandJournal::started(command);
    const CommandJournal journal({{change.key, *change.value}}, {});
    REQUIRE(journal.unfinished().size() == 1);
    const auto& read = journal.unfinished()[0];
    CHECK(read.asked == value);
    CHECK(read.by == command.by);
    CHECK(read.origin == command.origin);
    CHECK(read.outcome == command.outcome);
    CHECK(read.written == model::Written::unknown);
    CHECK(read.reason == command.reason);
    CHECK(read.measured_point == command.measured_point);
    CHECK(read.measured == command.measured);
    CHECK(read.quality == command.quality);
    CHECK(read.asked_at == command.asked_at);
    CHECK(read.asked_boot == command.asked_boot);
    CHECK_FALSE(read.written_at);
    CHECK(read.measured_at == command.measured_at);
    CHECK(read.place.area == command.place.area);
    CHECK(read.place.department == "water");
    CHECK(read.unit == "m");
  }
}

TEST_CASE("no part of an entry is taken for a whole one") {
  base::log::set_level(base::log::Level::off);
  const auto whole = *CommandJournal::started(result("c-1")).value;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const base::Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(CommandJournal({{"c-1", part}}, {}).unfinished().empty());
  }
  auto longer = whole;
  longer.push_back(0);
  CHECK(CommandJournal({{"c-1", longer}}, {}).unfinished().empty());
  CHECK(CommandJournal({{"c-2", whole}}, {}).unfinished().empty());  // another's key
}

TEST_CASE("an entry of the form before is read, and what it must mean is told as written") {
  using model::CommandOutcome;
  using model::Written;
  const auto as_before = [](const model::CommandResult& command) {
    CommandJournal journal({}, {});
    auto bytes = *journal.ended(command, at(0s)).front().value;
    bytes.front() = 1;
    bytes.pop_back();
    const CommandJournal read({{command.id, bytes}}, {});
    REQUIRE(read.find(command.id) != nullptr);
    return read.find(command.id)->written;
  };
  CHECK(as_before(result("c", CommandOutcome::done)) == Written::yes);
  CHECK(as_before(result("c", CommandOutcome::not_fulfilled)) == Written::yes);
  CHECK(as_before(result("c", CommandOutcome::refused)) == Written::no);
  CHECK(as_before(result("c", CommandOutcome::expired)) == Written::no);
  CHECK(as_before(result("c", CommandOutcome::interrupted)) == Written::unknown);
  auto failed = result("c", CommandOutcome::failed);
  CHECK(as_before(failed) == Written::unknown);
  failed.written_at = at(3s);
  CHECK(as_before(failed) == Written::yes);
}

TEST_CASE("a form or a `written` of a later release is not guessed at") {
  base::log::set_level(base::log::Level::off);
  auto bytes = *CommandJournal::started(result("c-1")).value;
  bytes.back() = 3;
  CHECK(CommandJournal({{"c-1", bytes}}, {}).unfinished().empty());
  bytes.back() = 2;
  CHECK(CommandJournal({{"c-1", bytes}}, {}).unfinished().size() == 1);
  bytes.front() = 3;
  CHECK(CommandJournal({{"c-1", bytes}}, {}).unfinished().empty());
}

TEST_CASE("results are kept for an hour and removed with a later one") {
  CommandJournal journal({}, {});
  static_cast<void>(journal.ended(result("old"), at(0s)));
  static_cast<void>(journal.ended(result("young"), at(30min)));
  const auto changes = journal.ended(result("new"), at(1h + 1s));
  CHECK(journal.find("old") == nullptr);
  CHECK(journal.find("young") != nullptr);
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].key == "old");
  CHECK_FALSE(changes[1].value);
}

TEST_CASE("at most a thousand are kept: refused ones go first, then the oldest") {
  CommandJournal journal({}, {});
  static_cast<void>(journal.ended(result("first"), at(0s)));
  static_cast<void>(journal.ended(result("refused", model::CommandOutcome::refused), at(1s)));
  for (int i = 0; i < 998; ++i) static_cast<void>(journal.ended(result("c-" + std::to_string(i)), at(2s)));
  CHECK(journal.size() == 1000);
  static_cast<void>(journal.ended(result("one-more"), at(3s)));
  CHECK(journal.find("refused") == nullptr);
  CHECK(journal.find("first") != nullptr);
  static_cast<void>(journal.ended(result("another"), at(4s)));
  CHECK(journal.find("first") == nullptr);
  CHECK(journal.size() == 1000);
}
