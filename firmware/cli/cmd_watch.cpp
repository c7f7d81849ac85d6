#include "cli/cmd_watch.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/chart.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/text_width.hpp"
#include "cli/translation.hpp"
#include "cli/watch_loop.hpp"

namespace wayside::cli {
namespace {

constexpr std::size_t kMostPoints = 6;
constexpr std::size_t kMostKept = 1024;  // samples of each

struct Arguments {
  std::vector<std::string> points;
  double seconds = 1;
};

// The samples of one point as they came.
struct Series {
  std::string name;
  std::vector<std::optional<double>> values;
};

// A value that rules would not take leaves a gap.
void take(const control::v1::Point& point, Series& series) {
  const bool usable = point.has_number() && point.age_us() >= 0 && (point.quality_code() >> 30U) < 2 && !point.stale();
  series.values.push_back(usable ? std::optional(point.number()) : std::nullopt);
  if (series.values.size() > kMostKept) series.values.erase(series.values.begin());
}

void draw(const control::v1::Point& point, const Series& series, std::size_t height, Ink ink) {
  constexpr std::size_t kScale = 10;  // columns of the figures at the left
  const auto width = std::max<std::size_t>(terminal_width().value_or(80), 2 * kScale);
  const auto head = fmt::format("{}  {}  [{}]", point_name(point), value_text(point), quality_text(point));
  fmt::print("{}\n", cut_to(head, width));
  const auto drawn = chart(series.values, width - kScale - 2, height, ink);
  const bool any = std::ranges::any_of(series.values, [](const auto& value) { return value.has_value(); });
  for (std::size_t i = 0; i < drawn.lines.size(); ++i) {
    std::string scale;
    if (any && i == 0) scale = fmt::format("{:.5g}", drawn.greatest);
    if (any && i + 1 == drawn.lines.size()) scale = fmt::format("{:.5g}", drawn.least);
    fmt::print("{:>{}} {}{}\n", scale, kScale, ink == Ink::braille ? "│" : "|", drawn.lines[i]);
  }
}

int step(const Common& common, const Arguments& arguments, std::vector<Series>& series) {
  control::v1::Request request;
  for (const auto& point : arguments.points) request.mutable_points()->add_points(point);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->points());
    return 0;
  }
  const auto& points = response->points().points();
  const auto count = static_cast<std::size_t>(points.size());
  // A line for the name of each, one to stand on.
  const auto height = std::max<std::size_t>((terminal_height() - 1) / std::max<std::size_t>(count, 1), 4) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& point = points[static_cast<int>(i)];
    take(point, series[i]);
    draw(point, series[i], std::min<std::size_t>(height, 16), ink_of_locale());
  }
  return 0;
}

}  // namespace

void add_watch(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* sub = app.add_subcommand("watch", tr("A live chart of points in the terminal (end with Ctrl-C)"));
  sub->add_option("points", given->points, tr("lamp-017.power ..."))
      ->required()
      ->expected(1, static_cast<int>(kMostPoints));
  sub->add_option("--every", given->seconds, tr("Seconds between two looks"))
      ->check(CLI::Range(0.2, 3600.0))
      ->capture_default_str();
  sub->callback([&common, &chosen, given] {
    chosen = [&common, given] {
      std::vector<Series> series(given->points.size());
      return watch(given->seconds, [&common, given, &series] { return step(common, *given, series); });
    };
  });
}

}  // namespace wayside::cli
