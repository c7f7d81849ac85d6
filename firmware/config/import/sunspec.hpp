// SunSpec information models (JSON, github.com/sunspec/models, Apache-2.0): one model, one profile.
// Source of the facts: json/schema.json there; SunSpec Information Model Specification, "Data types": the raw values
// that mean "not implemented" (as in SMA's Technical Information STP60, 3.6) [S]; models begin at registers 0, 40000 or
// 50000 with "SunS", then model 1, then each model with ID and length; big-endian throughout.
//
// Where a model other than 1 stands, what a scale factor is and how often a group repeats, only the device says: the
// technician reads it there (--model-offset, --scale-factors, --counts), or what depends on it is not carried over.
#pragma once

#include <string_view>

#include "config/import/import.hpp"

namespace wayside::config {

[[nodiscard]] Imported import_sunspec(std::string_view text, const ImportOptions& options);

}  // namespace wayside::config
