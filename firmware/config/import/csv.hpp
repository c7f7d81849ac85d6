// Point lists as makers publish them: CSV with a header row, or TSV. docs/profiles-import.md says which headings,
// types, addresses and word orders are understood.
#pragma once

#include <string_view>

#include "config/import/import.hpp"

namespace wayside::config {

[[nodiscard]] Imported import_csv(std::string_view text, const ImportOptions& options);

}  // namespace wayside::config
