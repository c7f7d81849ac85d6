#include "cli/cmd_history.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include "cli/chart.hpp"
#include "cli/output.hpp"
#include "cli/plot_svg.hpp"
#include "cli/point_text.hpp"
#include "cli/progress.hpp"
#include "cli/series.hpp"
#include "cli/site_time.hpp"
#include "cli/text_width.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

constexpr std::size_t kChartHeight = 10;
constexpr std::size_t kScale = 10;  // columns of the figures at its left
constexpr std::size_t kSpark = 20;

struct Arguments {
  std::string name;
  double last_s = 3600;
  std::string from;
  std::string until;
  bool rows = false;
  bool csv = false;
  std::string plot;
  std::size_t most = 1'000'000;
};

struct Span {
  std::int64_t from_us = 0;
  std::int64_t until_us = 0;
  std::string zone;
};

int refuse(const std::string& why) {
  fmt::print(stderr, "wayside: {}\n", why);
  return 2;
}

// The span that is asked for, by the gateway's clock and in its zone. None: a message was printed.
std::optional<Span> span_of(const Common& common, const Arguments& arguments, int& exit_code) {
  v1::Request request;
  request.mutable_time();
  const auto response = ask(common, request, exit_code);
  if (!response) return std::nullopt;
  const auto& time = response->time();
  use_zone(time.time_zone());
  Span out{0, time.wall_us(), time.time_zone().empty() ? "UTC" : time.time_zone()};
  const auto read = [&](const char* option, const std::string& text, std::int64_t& into) {
    const auto parsed = parse_site_time(text, time.wall_us());
    if (parsed) {
      into = *parsed;
    } else {
      exit_code = refuse(fmt::format("{}: {}", option, parsed.error().what));
    }
    return parsed.has_value();
  };
  if (!arguments.until.empty() && !read("--until", arguments.until, out.until_us)) return std::nullopt;
  out.from_us = out.until_us - static_cast<std::int64_t>(arguments.last_s * 1e6);
  if (!arguments.from.empty() && !read("--from", arguments.from, out.from_us)) return std::nullopt;
  if (out.from_us >= out.until_us) {
    exit_code = refuse(
        tr_format("{} to {}: that ends before it begins", site_time_text(out.from_us), site_time_text(out.until_us)));
    return std::nullopt;
  }
  return out;
}

v1::HistoryRequest request_of(const std::string& name, const Span& span) {
  v1::HistoryRequest out;
  const auto dot = std::min(name.find('.'), name.size());
  out.set_device(name.substr(0, dot));
  if (dot < name.size()) out.set_point(name.substr(dot + 1));
  out.set_from_wall_us(span.from_us);
  out.set_until_wall_us(span.until_us);
  return out;
}

// What came of walking through all parts.
struct Walked {
  std::size_t samples = 0;
  std::uint64_t unreadable = 0;
  std::string doubt;
  bool cut = false;  // there is more than may be shown
};

// Gives each part to `take`; false: a message was printed.
template <class Take>
bool walk(const Common& common, const Arguments& arguments, const Span& span, Walked& walked, int& exit_code,
          Take take) {
  v1::Request request;
  *request.mutable_history() = request_of(arguments.name, span);
  Progress progress(std::chrono::microseconds{0});
  for (;;) {
    const auto response = ask(common, request, exit_code);
    if (!response) return false;
    const auto& part = response->history();
    walked.unreadable += part.unreadable();
    walked.doubt = part.doubt();
    walked.samples += static_cast<std::size_t>(part.samples_size());
    take(part);
    if (!part.has_next()) return true;
    if (walked.samples >= arguments.most) {
      walked.cut = true;
      return true;
    }
    *request.mutable_history()->mutable_cursor() = part.next();
    if (part.samples().empty()) continue;
    const auto done = static_cast<double>(part.samples().rbegin()->wall_us() - span.from_us) /
                      static_cast<double>(span.until_us - span.from_us);
    progress.show_share(done, tr_format("{} samples", walked.samples));
  }
}

void tell_end(const Walked& walked) {
  if (walked.unreadable > 0) {
    tr_error("{} chunks of that time cannot be read: damaged, or sealed with a key that is not here\n",
             walked.unreadable);
  }
  if (walked.cut) {
    tr_error("there is more: these are the first {} samples (--most; or ask for less time)\n", walked.samples);
  }
}

int tell_nothing(const Walked& walked) {
  tr_print("nothing is kept of that time{}{}\n", walked.doubt.empty() ? "" : ": ", walked.doubt);
  if (walked.doubt.empty()) tr_print("`wayside store` shows how far the history goes back\n");
  return 1;
}

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

int print_csv(const Common& common, const Arguments& arguments, const Span& span) {
  Walked walked;
  int exit_code = 0;
  fmt::print("timestamp,point,value,quality,min,max,count\n");
  const auto print = [](const v1::HistoryResponse& part) {
    for (const auto& sample : part.samples()) {
      const auto number = [](bool has, double value) { return has ? fmt::format("{}", value) : std::string(); };
      const auto value = sample.has_number() ? fmt::format("{}", sample.number()) : cell(sample.text());
      fmt::print("{},{},{},{},{},{},{}\n", utc_text(sample.wall_us()), cell(sample.point()), value,
                 cell(sample.quality()), number(sample.has_min(), sample.min()), number(sample.has_max(), sample.max()),
                 sample.has_min() ? fmt::format("{}", sample.count()) : "");
    }
  };
  if (!walk(common, arguments, span, walked, exit_code, print)) return exit_code;
  tell_end(walked);
  return walked.samples > 0 ? 0 : 1;
}

int print_all_json(const Common& common, const Arguments& arguments, const Span& span) {
  Walked walked;
  int exit_code = 0;
  v1::HistoryResponse all;
  if (!walk(common, arguments, span, walked, exit_code, [&all](const v1::HistoryResponse& part) {
        all.mutable_samples()->MergeFrom(part.samples());
        all.mutable_points()->insert(part.points().begin(), part.points().end());
        if (part.has_next()) {
          *all.mutable_next() = part.next();
        } else {
          all.clear_next();
        }
        all.set_unreadable(all.unreadable() + part.unreadable());
        all.set_doubt(part.doubt());
      })) {
    return exit_code;
  }
  print_json(all);
  return walked.samples > 0 ? 0 : 1;
}

using AllSeries = std::map<std::string, Series>;

std::string when(std::int64_t us) { return site_time_text(us, "%m-%d %H:%M:%S"); }

void print_one(const std::string& name, const Series& series, const Span& span) {
  const auto figures = figures_of(series);
  tr_print("{}: {} samples, {} good\n", name, figures.samples, figures.good);
  const auto number = [&series](double value) { return value_text(fmt::format("{:.6g}", value), "", series.unit); };
  if (figures.usable > 0) {
    tr_print("  least {} at {}, mean {}, greatest {} at {}\n", number(figures.least), when(figures.least_us),
             number(figures.mean), number(figures.greatest), when(figures.greatest_us));
  }
  const auto& last = series.samples.back();
  tr_print("  last {} at {}  [{}]\n", value_text(series, last), when(last.wall_us), tr_word(last.quality));
  if (figures.usable == 0) return;
  const auto ink = ink_of_locale();
  const auto width = std::max<std::size_t>(terminal_width().value_or(80), 3 * kScale) - kScale - 2;
  const auto values = means_of(series, span.from_us, span.until_us, ink == Ink::braille ? 2 * width : width);
  const auto drawn = chart(values, width, kChartHeight, ink);
  for (std::size_t i = 0; i < drawn.lines.size(); ++i) {
    std::string scale;
    if (i == 0) scale = fmt::format("{:.5g}", drawn.greatest);
    if (i + 1 == drawn.lines.size()) scale = fmt::format("{:.5g}", drawn.least);
    fmt::print("{:>{}} {}{}\n", scale, kScale, ink == Ink::braille ? "│" : "|", drawn.lines[i]);
  }
  const auto from = when(span.from_us);
  const auto until = when(span.until_us);
  fmt::print("{:{}}{}{:>{}}\n", "", kScale + 2, from, until, width - from.size());
}

void print_several(const std::string& device, const AllSeries& all, const Span& span) {
  std::vector<Row> rows;
  for (const auto& [point, series] : all) {
    const auto figures = figures_of(series);
    const auto number = [&figures](double value) {
      return figures.usable == 0 ? std::string("-") : fmt::format("{:.6g}", value);
    };
    rows.push_back({device + "." + point, std::to_string(figures.samples),
                    fmt::format("{:.0f} %", 100.0 * static_cast<double>(figures.good) /
                                                static_cast<double>(std::max<std::size_t>(figures.samples, 1))),
                    number(figures.least), number(figures.mean), number(figures.greatest),
                    value_text(series, series.samples.back()),
                    sparkline(means_of(series, span.from_us, span.until_us, kSpark), kSpark, ink_of_locale())});
  }
  print_table(
      {tr("POINT"), tr("SAMPLES"), tr("GOOD"), tr("LEAST"), tr("MEAN"), tr("GREATEST"), tr("LAST"), tr("COURSE")}, rows,
      {7, 0});
}

void print_rows(const std::string& device, const AllSeries& all) {
  // Of several points they belong together by time, as they were read.
  std::vector<std::pair<const SeriesSample*, const AllSeries::value_type*>> samples;
  for (const auto& one : all) {
    for (const auto& sample : one.second.samples) samples.emplace_back(&sample, &one);
  }
  std::ranges::stable_sort(samples, {}, [](const auto& entry) { return entry.first->wall_us; });
  std::vector<Row> rows;
  for (const auto& [sample, one] : samples) {
    rows.push_back({site_time_text(sample->wall_us), device + "." + one->first, value_text(one->second, *sample),
                    sample->good ? sample->quality : coloured(sample->quality, Colour::warning)});
  }
  print_table({tr("TIME"), tr("POINT"), tr("VALUE"), tr("QUALITY")}, rows, {1});
}

int write_plot(const std::string& file, const std::string& device, const AllSeries& all, const Span& span) {
  Plot plot;
  plot.title = tr_format("{}, {} to {}", device, site_time_text(span.from_us, "%Y-%m-%d %H:%M:%S"),
                         site_time_text(span.until_us, "%Y-%m-%d %H:%M:%S"));
  plot.zone = tr("time: ") + span.zone;
  plot.from_us = span.from_us;
  plot.until_us = span.until_us;
  for (const auto& [point, series] : all) {
    PlotSeries one{point, series.unit == "1" ? "" : series.unit, {}};
    for (const auto& sample : series.samples) one.samples.push_back({sample.wall_us, sample.value});
    plot.series.push_back(std::move(one));
  }
  std::ofstream out(file);
  out << plot_svg(plot);
  out.close();
  if (!out) return refuse(tr_format("{}: cannot be written", file));
  tr_print("{} written: open it in any browser\n", file);
  return 0;
}

int history(const Common& common, const Arguments& arguments) {
  if (!arguments.plot.empty() && !arguments.plot.ends_with(".svg")) {
    return refuse(tr_format("--plot: '{}': the file's name ends with .svg", arguments.plot));
  }
  int exit_code = 0;
  const auto span = span_of(common, arguments, exit_code);
  if (!span) return exit_code;
  if (arguments.csv) return print_csv(common, arguments, *span);
  if (common.json) return print_all_json(common, arguments, *span);
  AllSeries all;
  Walked walked;
  const auto take = [&all](const v1::HistoryResponse& part) {
    for (const auto& [name, point] : part.points()) {
      auto& series = all[name];
      series.unit = point.unit();
      series.names.insert(point.values().begin(), point.values().end());
    }
    for (const auto& sample : part.samples()) all[sample.point()].samples.push_back(sample_of(sample));
  };
  if (!walk(common, arguments, *span, walked, exit_code, take)) return exit_code;
  tell_end(walked);
  if (all.empty()) return tell_nothing(walked);
  const auto device = arguments.name.substr(0, arguments.name.find('.'));
  if (!arguments.plot.empty()) return write_plot(arguments.plot, device, all, *span);
  if (arguments.rows) {
    print_rows(device, all);
  } else if (all.size() == 1) {
    print_one(device + "." + all.begin()->first, all.begin()->second, *span);
  } else {
    print_several(device, all, *span);
  }
  tr_print("{} to {}, {}\n", site_time_text(span->from_us), site_time_text(span->until_us), span->zone);
  return 0;
}

}  // namespace

void add_history(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto given = std::make_shared<Arguments>();
  auto* sub = app.add_subcommand("history", tr("What was recorded of a device or a point, and is still kept"));
  sub->add_option("point", given->name, tr("lamp-017.power; or a device: all its points"))->required();
  const CLI::AsNumberWithUnit span(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                                   CLI::AsNumberWithUnit::UNIT_REQUIRED, "SPAN");
  sub->add_option("--last", given->last_s, tr("So long until now, or until --until (1h)"))->transform(span);
  auto* from = sub->add_option("--from", given->from, "02:00, '2026-12-01 02:00', 2026-12-01T02:00:00Z");
  from->excludes("--last");
  sub->add_option("--until", given->until, tr("Until then, not with it (now)"));
  auto* rows = sub->add_flag("--rows", given->rows, tr("Every sample, at the rate it was recorded"));
  auto* csv = sub->add_flag("--csv", given->csv, tr("The same as CSV, times in UTC"));
  auto* plot = sub->add_option("--plot", given->plot, tr("Draw it into this file (.svg), for the work order"));
  sub->add_option("--most", given->most, tr("Samples at the most"))
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  rows->excludes(csv);
  plot->excludes(rows)->excludes(csv);
  sub->callback([&common, &chosen, given] { chosen = [&common, given] { return history(common, *given); }; });
}

}  // namespace wayside::cli
