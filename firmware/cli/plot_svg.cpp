#include "cli/plot_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/site_time.hpp"

namespace wayside::cli {
namespace {

constexpr double kLeft = 80;
constexpr double kRight = 20;
constexpr double kTop = 50;
constexpr double kBottom = 50;
constexpr int kColumns = 800;
constexpr double kPanel = 180;  // high
constexpr double kBetween = 40;
constexpr int kTicks = 5;
constexpr std::int64_t kSecond = 1'000'000;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

struct Scale {
  double least = 0;
  double greatest = 1;
  double step = 1;
};

// Of round numbers: 1, 2 or 5 times a power of ten.
Scale scale_of(double least, double greatest) {
  if (greatest <= least) {
    const double room = least == 0 ? 1 : std::abs(least) * 0.1;
    least -= room;
    greatest += room;
  }
  const double rough = (greatest - least) / kTicks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  }
  return {std::floor(least / step) * step, std::ceil(greatest / step) * step, step};
}

std::int64_t step_of_time(std::int64_t span_us) {
  constexpr std::array<std::int64_t, 18> kSteps{1,   2,   5,    10,   15,   30,    60,    120,   300,
                                                600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
  for (const auto step : kSteps) {
    if (span_us / (step * kSecond) <= 8) return step * kSecond;
  }
  return ((span_us / (8 * 86400 * kSecond)) + 1) * 86400 * kSecond;
}

struct Column {
  double first = 0;
  double least = 0;
  double greatest = 0;
  double last = 0;
};

class Drawing {
 public:
  explicit Drawing(const Plot& plot) : plot_(plot) {}

  std::string draw() {
    const auto count = static_cast<double>(plot_.series.size());
    const double height = kTop + count * (kPanel + kBetween) + kBottom;
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kLeft + kColumns + kRight, height);
    text(kLeft, 24, "start", plot_.title, 16);
    double top = kTop;
    for (const auto& series : plot_.series) {
      panel(series, top);
      top += kPanel + kBetween;
    }
    text(kLeft, height - 12, "start", plot_.zone);
    return out_ + "</svg>\n";
  }

 private:
  void text(double x, double y, const char* anchor, const std::string& what, int size = 12) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{}\">{}</text>\n", x, y, anchor,
                        size, escaped(what));
  }

  void line(double x1, double y1, double x2, double y2, const char* colour) {
    out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2,
                        y2, colour);
  }

  [[nodiscard]] double x_of(std::int64_t wall_us) const {
    const auto span = static_cast<double>(std::max<std::int64_t>(plot_.until_us - plot_.from_us, 1));
    return kLeft + static_cast<double>(wall_us - plot_.from_us) / span * kColumns;
  }

  void time_axis(double top) {
    const auto step = step_of_time(plot_.until_us - plot_.from_us);
    // In step with the clock on the wall, not with Greenwich.
    std::int64_t at = plot_.from_us - plot_.from_us % kSecond;
    const auto of_day = std::stoll(site_time_text(at, "%H")) * 3600 + std::stoll(site_time_text(at, "%M")) * 60 +
                        std::stoll(site_time_text(at, "%S"));
    at -= of_day * kSecond % step;
    const char* format = step >= 86400 * kSecond ? "%m-%d" : step >= 60 * kSecond ? "%H:%M" : "%H:%M:%S";
    for (; at <= plot_.until_us; at += step) {
      if (at < plot_.from_us) continue;
      line(x_of(at), top, x_of(at), top + kPanel, "#e0e0e0");
      text(x_of(at), top + kPanel + 16, "middle", site_time_text(at, format));
    }
  }

  void panel(const PlotSeries& series, double top) {
    std::optional<Scale> range;
    for (const auto& sample : series.samples) {
      if (!sample.value || !std::isfinite(*sample.value)) continue;
      if (!range) range = Scale{*sample.value, *sample.value, 1};
      range->least = std::min(range->least, *sample.value);
      range->greatest = std::max(range->greatest, *sample.value);
    }
    time_axis(top);
    text(kLeft, top - 6, "start", series.unit.empty() ? series.name : series.name + " / " + series.unit);
    if (!range) {
      text(kLeft + kColumns / 2.0, top + kPanel / 2, "middle", "no values");
    } else {
      const auto scale = scale_of(range->least, range->greatest);
      const auto y_of = [&](double value) {
        return top + kPanel - (value - scale.least) / (scale.greatest - scale.least) * kPanel;
      };
      for (double value = scale.least; value < scale.greatest + scale.step / 2; value += scale.step) {
        line(kLeft, y_of(value), kLeft + kColumns, y_of(value), "#e0e0e0");
        // Sums of steps do not meet zero.
        const double shown = std::abs(value) < scale.step / 1000 ? 0 : value;
        text(kLeft - 6, y_of(value) + 4, "end", fmt::format("{:.6g}", shown));
      }
      curve(series, y_of);
    }
    out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#808080\"/>\n",
                        kLeft, top, kColumns, kPanel);
  }

  template <class YOf>
  void curve(const PlotSeries& series, const YOf& y_of) {
    const bool dense = series.samples.size() > static_cast<std::size_t>(2 * kColumns);
    std::string points;
    std::size_t count = 0;
    const auto end = [&] {
      // A sample that stands alone is a dot.
      if (count == 1) points += " " + points;
      if (count > 0) {
        out_ += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.2\" "
            "stroke-linecap=\"round\"/>\n",
            points);
      }
      points.clear();
      count = 0;
    };
    const auto add = [&](double x, double value) {
      points += fmt::format("{}{:.1f},{:.1f}", count == 0 ? "" : " ", x, y_of(value));
      ++count;
    };
    std::optional<Column> column;
    double at = 0;
    const auto flush = [&] {
      if (!column) return;
      add(at, column->first);
      if (column->least < std::min(column->first, column->last)) add(at, column->least);
      if (column->greatest > std::max(column->first, column->last)) add(at, column->greatest);
      if (column->last != column->first) add(at, column->last);
      column.reset();
    };
    for (const auto& sample : series.samples) {
      const bool usable = sample.value && std::isfinite(*sample.value);
      if (!usable) {
        flush();
        end();
        continue;
      }
      const double x = x_of(sample.wall_us);
      if (!dense) {
        add(x, *sample.value);
        continue;
      }
      if (column && std::floor(x) != at) flush();
      if (!column) {
        at = std::floor(x);
        column = Column{*sample.value, *sample.value, *sample.value, *sample.value};
      }
      column->least = std::min(column->least, *sample.value);
      column->greatest = std::max(column->greatest, *sample.value);
      column->last = *sample.value;
    }
    flush();
    end();
  }

  const Plot& plot_;
  std::string out_;
};

}  // namespace

std::string plot_svg(const Plot& plot) { return Drawing(plot).draw(); }

}  // namespace wayside::cli
