// A CSV through an expression of the rules' language, with the same evaluator as in the daemon: each row is one
// instant, each column a point. No daemon, no clock: the times are those of the file.
#pragma once

#include <string>
#include <vector>

namespace wayside::cli {

struct ReplayCommand {
  std::vector<std::string> learn;  // files that run before, and of which nothing is written
  std::string csv;                 // first column timestamp, then a column a metric
  std::string rule;                // an expression; a number from 0 to 1, or a condition
  std::string prior;               // a set of baselines to begin with; empty: none
  std::string baselines;           // where to write what was learned; empty: nowhere
  std::string out;                 // timestamp,anomaly_score; empty: standard output
  std::string plot;                // where to draw the columns and the score (SVG); empty: nowhere
  double latitude = 0;             // of the site, for sun_elevation()
  double longitude = 0;
  bool has_position = false;
};

int replay(const ReplayCommand& command);

}  // namespace wayside::cli
