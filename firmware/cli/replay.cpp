#include "cli/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>

#include "cli/baseline_file.hpp"
#include "cli/csv_series.hpp"
#include "cli/output.hpp"
#include "cli/plot_svg.hpp"
#include "cli/site_time.hpp"
#include "cli/translation.hpp"
#include "model/point_table.hpp"
#include "rules/evaluator.hpp"
#include "wire/baseline.hpp"

namespace wayside::cli {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr const char* kDevice = "csv";
constexpr const char* kResult = "replay_result";

// The date of the row that is being replayed.
class RowTime final : public rules::SiteTime {
 public:
  void set(std::optional<std::int64_t> local_s) { local_s_ = local_s; }
  [[nodiscard]] std::optional<rules::SiteDate> at(base::BootTime /*instant*/) const override {
    if (!local_s_) return std::nullopt;
    return rules::SiteDate{*local_s_, *local_s_};
  }

 private:
  std::optional<std::int64_t> local_s_;
};

class Replay {
 public:
  explicit Replay(const ReplayCommand& command) : command_(command) {}

  int run() {
    if (!command_.prior.empty()) {
      auto read = read_baseline_file(command_.prior);
      if (!read) return fail(read.error().what);
      prior_ = std::move(*read);
    }
    std::ofstream file;
    if (!command_.out.empty()) {
      file.open(command_.out);
      if (!file) return fail(tr_format("{}: cannot be written", command_.out));
    }
    for (const auto& path : command_.learn) {
      if (!run_file(path, nullptr)) return 1;
    }
    std::ostream& out = command_.out.empty() ? std::cout : file;
    if (!run_file(command_.csv, &out)) return 1;
    out.flush();
    if (!out) return fail(tr_format("{}: cannot be written", command_.out));
    if (!command_.baselines.empty() && !write_baselines()) return 1;
    if (!command_.plot.empty() && !write_plot()) return 1;
    if (unread_ > 0) tr_error("{}: {} cells are no numbers and counted as missing\n", command_.csv, unread_);
    return 0;
  }

 private:
  bool run_file(const std::string& path, std::ostream* out) {
    CsvSeries series;
    if (!series.open(path)) return fail(series.error()) == 0;
    if (evaluator_ == nullptr && !prepare(series.columns())) return false;
    if (series.columns() != columns_) {
      return fail(tr_format("{}:1: its columns are not those of the file before", path)) == 0;
    }
    if (out != nullptr) *out << "timestamp,anomaly_score\n";
    CsvSeries::Row row;
    while (series.next(row)) {
      const double score = judge(row);
      if (out != nullptr && !command_.plot.empty()) draw(row, score);
      if (out != nullptr) *out << row.timestamp << ',' << fmt::format("{:.9g}", score) << '\n';
    }
    unread_ += series.unread_cells();
    return true;
  }

  bool prepare(const std::vector<std::string>& columns) {
    columns_ = columns;
    for (const auto& column : columns) {
      model::PointInfo info;
      info.device = model::DeviceId{kDevice};
      info.name = info.metric = column;
      info.labels["device"] = kDevice;
      handles_.push_back(points_.add(std::move(info)));
    }
    model::RuleSpec spec;
    spec.group = "replay";
    spec.name = kResult;
    spec.expr = {command_.rule, {"--rule", 1, 1}};
    spec.recorded = model::DerivedSpec{};
    rules::Evaluator::Site site{"replay", std::nullopt, &time_};
    if (command_.has_position) site.position = model::Position{command_.latitude, command_.longitude};
    auto compiled = rules::Evaluator::compile(std::span(&spec, 1), points_, std::move(site));
    for (const auto& problem : compiled.problems) {
      fmt::print(stderr, "{}\n", model::message_at(problem.place, problem.what));
    }
    evaluator_ = std::move(compiled.evaluator);
    return evaluator_ != nullptr && begin_with_prior();
  }

  bool begin_with_prior() {
    if (prior_.empty()) return true;
    const auto places = evaluator_->sharing_places();
    std::size_t started = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (auto prior = model::prior_for(places[i].kind, prior_)) started += evaluator_->start_from(i, *prior) ? 1U : 0U;
    }
    return started > 0 || fail(tr_format("{}: nothing in it fits the rule and the columns", command_.prior)) == 0;
  }

  // The columns and below them the score, at the times of the file.
  void draw(const CsvSeries::Row& row, double score) {
    if (plot_.series.empty()) {
      for (const auto& column : columns_) plot_.series.push_back({column, "", {}});
      plot_.series.push_back({"anomaly_score", "", {}});
    }
    const auto at = first_s_.value_or(0) * kMicroseconds + now_us_;
    for (std::size_t i = 0; i < row.values.size(); ++i) plot_.series[i].samples.push_back({at, row.values[i]});
    plot_.series.back().samples.push_back({at, score});
  }

  bool write_plot() {
    if (plot_.series.empty()) return fail(tr_format("{}: no row to draw", command_.csv)) == 0;
    const auto& samples = plot_.series.back().samples;
    plot_.title = fmt::format("{}: {}", command_.csv, command_.rule);
    plot_.zone = tr("time: as in the file");
    plot_.from_us = samples.front().wall_us;
    plot_.until_us = samples.back().wall_us;
    use_zone("");
    std::ofstream file(command_.plot);
    file << plot_svg(plot_);
    file.close();
    return file || fail(tr_format("{}: cannot be written", command_.plot)) == 0;
  }

  bool write_baselines() {
    const auto places = evaluator_->sharing_places();
    std::vector<model::SharedBaseline> learned;
    for (std::size_t i = 0; i < places.size(); ++i) {
      model::SharedBaseline one{places[i].kind, evaluator_->share(i)};
      if (one.summary.gateways == 0) continue;
      if (auto merged = wire::merge_into(learned, std::move(one)); !merged) return fail(merged.error().what) == 0;
    }
    if (learned.empty()) return fail(tr("--export: the rule learns no season, or has learned nothing")) == 0;
    for (auto& one : learned) one.summary.gateways = 1;
    const auto written = write_baseline_file(command_.baselines, learned);
    return written || fail(written.error().what) == 0;
  }

  // Rows are instants in the order of the file, whatever their stamps say: one that goes back stands just after.
  base::BootTime instant_of(const CsvSeries::Row& row) {
    if (row.local_s && !first_s_) first_s_ = *row.local_s;
    const std::int64_t stamp = row.local_s ? (*row.local_s - *first_s_) * kMicroseconds : 0;
    now_us_ = std::max(now_us_ + 1, stamp);
    return base::from_us(now_us_);
  }

  double judge(const CsvSeries::Row& row) {
    const auto now = instant_of(row);
    time_.set(row.local_s);
    for (std::size_t i = 0; i < handles_.size(); ++i) {
      const auto& value = row.values[i];
      points_.apply({handles_[i], value ? model::Value{*value} : model::Value{},
                     value ? model::Quality::good : model::Quality::bad, now});
    }
    const auto verdict = evaluator_->on_readings(handles_, now);
    double score = 0;
    for (const auto& reading : verdict.derived) {
      score = model::is_bad(reading.quality) ? 0 : model::as_number(reading.value).value_or(0);
    }
    return std::clamp(score, 0.0, 1.0);
  }

  static int fail(const std::string& what) {
    fmt::print(stderr, "wayside: {}\n", what);
    return 1;
  }

  const ReplayCommand& command_;
  std::vector<model::SharedBaseline> prior_;
  RowTime time_;
  model::PointTable points_;
  std::vector<std::string> columns_;
  std::vector<model::PointHandle> handles_;
  std::unique_ptr<rules::Evaluator> evaluator_;
  std::optional<std::int64_t> first_s_;
  std::int64_t now_us_ = -1;
  Plot plot_;
  std::size_t unread_ = 0;
};

}  // namespace

int replay(const ReplayCommand& command) { return Replay(command).run(); }

}  // namespace wayside::cli
