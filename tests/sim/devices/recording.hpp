// Recorded series that drive registers: CSV files `timestamp,value`, the first line a heading. A Tape plays several
// on one axis of recorded time; at its end it starts again. Pure after load().
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::sim {

struct RecordedRow {
  std::chrono::local_seconds when;
  double value;
};

class Recording {
 public:
  // not `name,value`, out of order or empty: config, naming the line.
  [[nodiscard]] static base::Result<Recording> parse(std::string_view csv);
  [[nodiscard]] static base::Result<Recording> load(const std::string& path);

  [[nodiscard]] const std::vector<RecordedRow>& rows() const { return rows_; }
  [[nodiscard]] double at(std::chrono::local_seconds when) const;  // the last row not after it, or the first

 private:
  std::vector<RecordedRow> rows_;
};

class Tape {
 public:
  // Starts where all of them have begun; `every` zero plays by the rows' own times.
  // Requires: not empty.
  Tape(std::vector<Recording> tracks, std::chrono::duration<double> every);

  void advance(double real_seconds, double simulated_seconds);
  [[nodiscard]] double value(std::size_t track) const { return tracks_[track].at(now_); }
  [[nodiscard]] std::chrono::duration<double> every() const { return every_; }

 private:
  void rewind();

  std::vector<Recording> tracks_;
  std::chrono::duration<double> every_;
  std::chrono::local_seconds start_{};
  std::chrono::local_seconds end_{};
  std::chrono::local_seconds now_{};
  double elapsed_ = 0;
  std::size_t row_ = 0;  // of the first track, when played by `every`
};

}  // namespace wayside::sim
