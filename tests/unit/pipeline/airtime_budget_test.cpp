#include "pipeline/airtime_budget.hpp"

#include "pipeline/delay_histogram.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("what an attempt took is paid back before the next may begin") {
  pipeline::AirtimeBudget budget(50);
  budget.start(base::BootTime{});
  CHECK(budget.free_at(base::BootTime{}) == base::BootTime{});
  budget.spend(milliseconds{500}, base::BootTime{});
  CHECK(budget.free_at(base::BootTime{}) == base::BootTime{seconds{10}});
  CHECK(budget.free_at(base::BootTime{seconds{9}}) == base::BootTime{seconds{10}});
  CHECK(budget.free_at(base::BootTime{seconds{10}}) == base::BootTime{seconds{10}});
}

TEST_CASE("many small looks earn as much as one long wait") {
  pipeline::AirtimeBudget budget(50);
  budget.start(base::BootTime{});
  budget.spend(milliseconds{50}, base::BootTime{});
  base::BootTime now{};
  for (; now < base::BootTime{milliseconds{999}}; now += microseconds{7}) {
    CHECK(budget.free_at(now) >= base::BootTime{milliseconds{1000}});
  }
  CHECK(budget.free_at(base::BootTime{milliseconds{1001}}) == base::BootTime{milliseconds{1001}});
}

TEST_CASE("a quiet hour buys no burst, and a bad start forbids no probe for hours") {
  pipeline::AirtimeBudget budget(50);
  budget.start(base::BootTime{});
  const base::BootTime later{seconds{3600}};
  budget.spend(milliseconds{1000}, later);
  CHECK(budget.free_at(later) == later + seconds{10});
  budget.spend(seconds{600}, later);
  CHECK(budget.free_at(later) <= later + seconds{40});
  CHECK(budget.spent() == seconds{601});
}

TEST_CASE("a quantile is right to a fifth, up to an hour") {
  pipeline::DelayHistogram histogram;
  CHECK(histogram.quantile(990) == microseconds{0});
  for (int i = 0; i < 990; ++i) histogram.add(microseconds{i % 2 == 0 ? 100 : 0});
  for (int i = 0; i < 10; ++i) histogram.add(std::chrono::minutes{50});
  CHECK(histogram.quantile(490) == microseconds{0});
  CHECK(histogram.quantile(900) >= microseconds{100});
  CHECK(histogram.quantile(900) <= microseconds{125});
  CHECK(histogram.quantile(1000) >= std::chrono::minutes{50});
  histogram.add(std::chrono::hours{100'000});
  histogram.add(microseconds{-5});
  CHECK(histogram.total() == 1002);
}
