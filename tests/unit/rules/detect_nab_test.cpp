// The anomaly likelihood on 29 labelled series, one threshold for all.
#include <algorithm>
#include <catch2/catch.hpp>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "nab_score.hpp"
#include "rules/detect/anomaly_likelihood.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using rules::detect::AnomalyLikelihood;
using rules::test::NabScore;

namespace {

const std::string kFolder = WAYSIDE_NAB_DATA;

struct Series {
  std::map<std::string, std::size_t> first_row;  // of a stamp: some are repeated
  std::vector<std::int64_t> local_s;
  std::vector<double> values;
};

int number(const std::string& text, std::size_t at, std::size_t size) {
  int out = -1;
  std::from_chars(text.data() + at, text.data() + at + size, out);
  return out;
}

std::int64_t seconds(const std::string& stamp) {  // "2014-04-01 00:05:00"
  using namespace std::chrono;
  const auto day = sys_days{year{number(stamp, 0, 4)} / number(stamp, 5, 2) / number(stamp, 8, 2)};
  const auto of_day =
      hours{number(stamp, 11, 2)} + minutes{number(stamp, 14, 2)} + std::chrono::seconds{number(stamp, 17, 2)};
  return (day + of_day).time_since_epoch().count();
}

Series read(const std::string& key) {
  std::ifstream in(kFolder + "/series/" + key);
  INFO(key);
  REQUIRE(in);
  Series out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto comma = line.find(',');
    if (comma < 19 || comma == std::string::npos) FAIL("no stamp and value: " << line);
    const auto stamp = line.substr(0, 19);
    out.first_row.emplace(stamp, out.values.size());
    out.local_s.push_back(seconds(stamp));
    out.values.push_back(std::stod(line.substr(comma + 1)));
  }
  return out;
}

// Every quoted text of the file: a key, then pairs of stamps.
std::map<std::string, std::vector<std::string>> windows() {
  std::ifstream in(kFolder + "/windows.json");
  REQUIRE(in);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::map<std::string, std::vector<std::string>> out;
  std::string key;
  for (auto open = text.find('"'); open != std::string::npos;) {
    const auto close = text.find('"', open + 1);
    const auto quoted = text.substr(open + 1, close - open - 1);
    if (quoted.ends_with(".csv")) {
      key = quoted;
      out[key];
    } else {
      out[key].push_back(quoted);
    }
    open = text.find('"', close + 1);
  }
  return out;
}

std::vector<bool> alarms(const Series& series, bool clock_known) {
  AnomalyLikelihood detector;
  std::vector<bool> out;
  std::int64_t at_s = 50'000'000;  // some phase of day of its own
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (i > 0) at_s += std::max<std::int64_t>(0, series.local_s[i] - series.local_s[i - 1]);
    rules::detect::Instant when{base::from_us(at_s * 1'000'000), std::nullopt, false};
    if (clock_known) when.local_s = series.local_s[i];
    const auto score = detector.step(when, {&series.values[i], 1});
    out.push_back(score.value_or(0.0) >= AnomalyLikelihood::kThreshold);
  }
  return out;
}

std::pair<double, double> nab(bool clock_known) {
  NabScore standard{rules::test::kNabStandard};
  NabScore low{rules::test::kNabLowFalseAlarms};
  const auto labelled = windows();
  REQUIRE(labelled.size() == 29);
  for (const auto& [key, stamps] : labelled) {
    const auto series = read(key);
    NabScore::Windows rows;
    for (std::size_t i = 0; i + 1 < stamps.size(); i += 2) {
      rows.emplace_back(series.first_row.at(stamps[i]), series.first_row.at(stamps[i + 1]));
    }
    std::sort(rows.begin(), rows.end());
    const auto found = alarms(series, clock_known);
    standard.add(found, rows);
    low.add(found, rows);
  }
  return {standard.score(), low.score()};
}

}  // namespace

TEST_CASE("the score is 100 for first rows, 0 for silence, and falls with each false row") {
  const NabScore::Windows windows{{500, 599}, {800, 899}};
  const auto with = [&](const std::vector<std::size_t>& rows) {
    std::vector<bool> alarms(1000, false);
    for (const auto row : rows) alarms[row] = true;
    NabScore score{rules::test::kNabStandard};
    score.add(alarms, windows);
    return score.score();
  };
  CHECK(with({}) == Approx(0.0));
  CHECK(with({500, 800}) == Approx(100.0));
  CHECK(with({500, 510, 800}) == Approx(100.0));
  CHECK(with({500, 800, 300}) == Approx(100.0 - 100.0 * 0.11 / 4.0));
  CHECK(with({100, 149}) == Approx(0.0));               // probation
  CHECK(with({550, 800}) == Approx(96.4).margin(0.1));  // half way: 0.86 of a hit
}

TEST_CASE("29 series with one threshold: at least 72.5, with few false alarms 62") {
  const auto [standard, low] = nab(true);
  INFO("standard " << standard << ", low FP " << low);
  CHECK(standard >= 72.5);
  CHECK(low >= 62.0);
}

TEST_CASE("29 series without a trusted clock: at least 70") {
  const auto [standard, low] = nab(false);
  INFO("standard " << standard << ", low FP " << low);
  CHECK(standard >= 70.0);
  CHECK(low >= 60.0);
}
