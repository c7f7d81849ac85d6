// Another program with what it prints, for the report. Blocking; for tools only.
#pragma once

#include <string>
#include <vector>

namespace wayside::cli {

struct Ended {
  int status = -1;     // of exit; -1: it could not be run, or a signal ended it
  std::string output;  // both streams, as they came; cut at `most` bytes
};

// `words`: the program (looked up in PATH where it has no stroke) and its arguments. No shell sees them.
[[nodiscard]] Ended run(const std::vector<std::string>& words, std::size_t most = std::size_t{16} << 20U);

// The file of this very program.
[[nodiscard]] std::string own_program();

}  // namespace wayside::cli
