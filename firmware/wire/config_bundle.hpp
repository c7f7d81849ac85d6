// Configurations as bytes: bundles, and the journal of those that the gateway has had (proto: config.proto). Pure; any
// thread.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/config_version.hpp"

namespace wayside::wire {

// The same bundle gives the same bytes.
[[nodiscard]] base::Bytes encode_bundle(const model::ConfigBundle& bundle);
// Of any bytes. Errors: corrupt (no bundle, its main file is not among the files, a path twice).
[[nodiscard]] base::Result<model::ConfigBundle> read_bundle(base::ByteView bytes);

[[nodiscard]] base::Bytes encode_journal(const model::ConfigJournal& journal);
// Of any bytes. Errors: corrupt.
[[nodiscard]] base::Result<model::ConfigJournal> read_journal(base::ByteView bytes);

}  // namespace wayside::wire
