// Files of baselines (wayside.v1.BaselineSet): what `wayside baseline` and `wayside replay` read and write.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/baseline_summary.hpp"

namespace wayside::cli {

// Errors: io (cannot be read), invalid_argument (what is wrong in it, and where); with the file's name.
[[nodiscard]] base::Result<std::vector<model::SharedBaseline>> read_baseline_file(const std::string& path);
// Written beside and renamed: the file is whole, or as it was. Errors: io.
[[nodiscard]] base::Result<void> write_baseline_file(const std::string& path,
                                                     std::span<const model::SharedBaseline> baselines);

}  // namespace wayside::cli
