// The configurations that the gateway has had, on disk: a file for each bundle, and a journal that says which is at
// work, which is on trial, and what became of the others. Every change is durable when the call returns, and a power
// cut within it leaves the state before or after. Synchronous, with fsync: not on core; one thread at a time.
//
// `journal`: SHA-256 of what follows, then a wayside.v1.ConfigJournal. `<number>.config`: a wayside.v1.ConfigBundle,
// whose digest stands in the journal. Only the owner may read them.
#pragma once

#include <string>

#include "base/result.hpp"
#include "daemon/version_files.hpp"
#include "model/config_version.hpp"

namespace wayside::daemon {

class ConfigVersions {
 public:
  static constexpr std::size_t kMostBundles = 20;  // beyond them the oldest is forgotten, never one in use
  static constexpr std::size_t kMostVersions = 100;

  // `files` must outlive it.
  explicit ConfigVersions(VersionFiles& files) : files_(files) {}

  // Reads what is there. Errors: io; corrupt (the journal is damaged: it has been set aside as journal.damaged, and the
  // bundles that are there are good versions of which no more is known). After an error of io nothing can be kept.
  [[nodiscard]] base::Result<void> open();

  [[nodiscard]] const model::ConfigJournal& journal() const { return journal_; }

  // Errors: not_found (no such version, or it is not kept any more), corrupt (not what its digest says), io.
  [[nodiscard]] base::Result<model::ConfigBundle> bundle(std::uint64_t number);

  // Files a new version and gives its number. On trial it is one; good, it is the current one. `file_digest`: not
  // empty: what the file of the command line is now. `version`: number, digest and state are set here.
  [[nodiscard]] base::Result<std::uint64_t> add(const model::ConfigBundle& bundle, model::ConfigVersion version,
                                                model::ConfigState state, const base::Bytes& file_digest);
  // The one on trial is current from now on.
  [[nodiscard]] base::Result<void> commit();
  // It was gone back from.
  [[nodiscard]] base::Result<void> refuse(const std::string& why);
  [[nodiscard]] base::Result<void> note_file(const base::Bytes& digest);

 private:
  [[nodiscard]] base::Result<void> save(model::ConfigJournal next);
  void forget_old(model::ConfigJournal& next);
  void sweep();
  void gather();

  VersionFiles& files_;
  model::ConfigJournal journal_;
};

}  // namespace wayside::daemon
