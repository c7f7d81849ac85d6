#include "device/bus_budget.hpp"

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using device::RegisterKind;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
device::ReadPlan plan_of(microseconds period, std::vector<device::RegisterBlock> blocks) {
  device::ReadPlan plan;
  plan.groups.push_back({period, std::move(blocks)});
  return plan;
}
}  // namespace

TEST_CASE("an exchange takes what its characters, silences and the turnaround take") {
  const device::LineSpeed line{9600, 10};
  // 8 + 5 + 2 * 10 = 33 characters of 10 bits, twice 3.5 characters, 5 ms: 34.375 + 7.292 + 5
  const auto time = device::exchange_time(line, {RegisterKind::holding, 0, 10}, {});
  CHECK(time >= microseconds{46'666});
  CHECK(time <= microseconds{46'672});
  // bits: one character for eight of them, begun ones too
  const auto nine = device::exchange_time(line, {RegisterKind::coil, 0, 9}, {});
  const auto eight = device::exchange_time(line, {RegisterKind::coil, 0, 8}, {});
  CHECK(nine - eight >= microseconds{1'041});
  CHECK(nine - eight <= microseconds{1'043});
  // above 19,200 baud the silence is 1.75 ms whatever the speed
  const auto fast = device::exchange_time({460'800, 11}, {RegisterKind::holding, 0, 1}, {});
  CHECK(fast >= microseconds{8'500});
  CHECK(fast <= microseconds{8'900});
}

TEST_CASE("the silence a device wants takes the place of the shorter one of the line") {
  const device::LineSpeed line{9600, 11};
  const device::RegisterBlock block{RegisterKind::input, 0, 2};
  const auto plain = device::exchange_time(line, block, {});
  CHECK(device::exchange_time(line, block, milliseconds{1}) == plain);
  CHECK(device::exchange_time(line, block, milliseconds{50}) > plain + milliseconds{45});
}

TEST_CASE("the budget is the sum of all shares, the largest user first") {
  const auto fast = plan_of(milliseconds{100}, {{RegisterKind::holding, 0, 125}});
  const auto slow = plan_of(seconds{60}, {{RegisterKind::holding, 0, 125}, {RegisterKind::input, 0, 125}});
  const auto budget = device::bus_budget({9600, 11}, {{"slow", &slow, {}}, {"fast", &fast, {}}});
  REQUIRE(budget.rows.size() == 2);
  CHECK(budget.rows[0].device == "fast");
  CHECK(budget.rows[1].exchanges == 2);
  CHECK(budget.share == Approx(budget.rows[0].share + budget.rows[1].share));
  CHECK(budget.share > 3);  // 315 ms of reading every 100 ms cannot be
  CHECK(budget.table().find("fast") != std::string::npos);
}

TEST_CASE("a network counts round trips, and who only speaks costs nothing") {
  const auto plan = plan_of(seconds{1}, {{RegisterKind::holding, 0, 125}, {RegisterKind::holding, 500, 1}});
  CHECK(device::bus_budget({}, {{"d", &plan, {}}}).share == Approx(0.04));
  auto listening = plan_of(seconds{1}, {});
  listening.listen = true;
  CHECK(device::bus_budget({9600, 11}, {{"d", &listening, {}}}).rows.empty());
}

TEST_CASE("the table of many devices is cut short, and says so") {
  const auto plan = plan_of(seconds{1}, {{RegisterKind::holding, 0, 1}});
  const std::vector<device::BudgetUser> users(247, {"lamp", &plan, {}});
  const auto table = device::bus_budget({115'200, 11}, users).table();
  CHECK(table.find("and 227 more") != std::string::npos);
}
