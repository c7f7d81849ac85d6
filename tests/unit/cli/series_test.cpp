#include "cli/series.hpp"

#include "support/catch.hpp"

using namespace wayside::cli;  // NOLINT(google-build-using-namespace)

namespace {

Series series_of(std::vector<std::pair<std::int64_t, std::optional<double>>> samples) {
  Series out;
  for (const auto& [at, value] : samples)
    out.samples.push_back({at, value, "", value ? "good" : "bad", value.has_value()});
  return out;
}

using Values = std::vector<std::optional<double>>;

}  // namespace

TEST_CASE("a value stands until there is another sample, and not behind the last one") {
  CHECK(means_of(series_of({{0, 1.0}, {30, 4.0}, {35, 6.0}, {60, 2.0}}), 0, 100, 10) ==
        Values{1.0, 1.0, 1.0, 5.0, 6.0, 6.0, 2.0, {}, {}, {}});
  CHECK(means_of(series_of({{0, 1.0}, {20, {}}, {40, 3.0}}), 0, 50, 5) == Values{1.0, 1.0, {}, {}, 3.0});
  CHECK(means_of(series_of({}), 0, 50, 2) == Values{{}, {}});
}

TEST_CASE("figures of a series count what can be used") {
  const auto figures = figures_of(series_of({{0, 5.0}, {1, {}}, {2, 1.0}, {3, 6.0}}));
  CHECK(figures.samples == 4);
  CHECK(figures.good == 3);
  CHECK(figures.usable == 3);
  CHECK(figures.least == 1.0);
  CHECK(figures.least_us == 2);
  CHECK(figures.mean == Approx(4.0));
  CHECK(figures.greatest == 6.0);
  CHECK(figures.greatest_us == 3);
}

TEST_CASE("with bad quality an older value is told, which is not this sample's") {
  wayside::control::v1::RecordedSample recorded;
  recorded.set_number(7);
  recorded.set_quality_code(0x80310000);
  recorded.set_quality("bad (no communication)");
  CHECK_FALSE(sample_of(recorded).value);
  recorded.set_quality_code(0x40940000);
  CHECK(sample_of(recorded).value == 7.0);
  CHECK_FALSE(sample_of(recorded).good);
}
