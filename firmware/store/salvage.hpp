// Takes out of a damaged database whatever can still be read: chunks with their old epoch and number, state, ledger.
// Damaged pages are stepped over from both sides; a first page that is gone is replaced, in a copy, by the one every
// database of ours begins with. What is known to be missing becomes entries of the ledger. One thread, at the start.
#pragma once

#include <cstdint>
#include <string>

#include "store/schema.hpp"

namespace wayside::store {

struct Salvaged {
  Found found = Found::nothing;  // what the old file was
  std::string why;
  std::uint64_t chunks = 0;
  std::uint64_t damaged = 0;  // rows that were there and not whole
};

// Makes the tables of a new numbering `epoch` in `into`, which is empty, and fills them from the file at `path`, which
// is not changed. Nothing is taken from a file that is not ours or is too new. Errors: only those of the disk, or of
// `into`.
[[nodiscard]] base::Result<Salvaged> salvage(const std::string& path, const Database::Options& options, Database& into,
                                             model::Epoch epoch, const std::string& reason);

}  // namespace wayside::store
