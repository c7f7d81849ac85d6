// A series of numbers with a time in front of each row, as public data sets come. Bad rows and cells are told and kept
// as "no value": a row in is a row out.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::cli {

class CsvSeries {
 public:
  struct Row {
    std::string timestamp;                      // as written
    std::optional<std::int64_t> local_s;        // since 1970-01-01 00:00; none: no time that is understood
    std::vector<std::optional<double>> values;  // as many as there are columns
  };

  // False: error() says what is wrong with the file.
  [[nodiscard]] bool open(const std::string& path);
  [[nodiscard]] bool next(Row& row);
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }  // without the first
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::size_t unread_cells() const { return unread_; }

 private:
  std::ifstream file_;
  std::string line_;
  std::vector<std::string> columns_;
  std::string error_;
  std::size_t unread_ = 0;
};

}  // namespace wayside::cli
