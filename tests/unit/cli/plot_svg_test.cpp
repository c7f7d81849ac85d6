#include "cli/plot_svg.hpp"

#include "cli/site_time.hpp"
#include "support/catch.hpp"

using namespace wayside::cli;  // NOLINT(google-build-using-namespace)

namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

Plot plot_of(std::vector<PlotSample> samples) {
  return {"a <lamp> & \"more\"", "time: UTC", 0, 3'600'000'000, {{"power", "W", std::move(samples)}}};
}

}  // namespace

TEST_CASE("a gap breaks the line, and text is text") {
  use_zone("");
  const auto svg = plot_svg(plot_of({{0, 1.0}, {600'000'000, 2.0}, {1200'000'000, std::nullopt}, {1800'000'000, 3.0}}));
  CHECK(count(svg, "<polyline") == 2);
  CHECK(svg.find("a &lt;lamp&gt; &amp; &quot;more&quot;") != std::string::npos);
  CHECK(svg.find("power / W") != std::string::npos);
  CHECK(svg.find(">00:30<") != std::string::npos);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.ends_with("</svg>\n"));
}

TEST_CASE("many samples are as many points as there is room for, and lose no extreme") {
  use_zone("");
  std::vector<PlotSample> samples;
  for (int i = 0; i < 100'000; ++i)
    samples.push_back({i * 36'000LL, i == 54'321 ? 1000.0 : static_cast<double>(i % 7)});
  const auto svg = plot_svg(plot_of(samples));
  CHECK(svg.size() < 100'000);
  CHECK(svg.find(">1000<") != std::string::npos);
  CHECK(svg.find(",50.0") != std::string::npos);  // the top of the panel
}

TEST_CASE("no values, equal values and values without end are drawn too") {
  use_zone("");
  CHECK(plot_svg(plot_of({})).find("no values") != std::string::npos);
  CHECK(count(plot_svg(plot_of({{0, 5.0}, {1, 5.0}})), "<polyline") == 1);
  CHECK(count(plot_svg(plot_of({{0, 1e300}, {1, -1e300}, {2, 0.0}})), "<polyline") == 1);
}
