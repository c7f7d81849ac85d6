// Which commands were begun and what came of those that ended, as the state table keeps it (space "command", key: the
// command's id). An entry is written `started` and synced before the first byte goes to a bus, and is replaced by the
// result in the commit that tells it; so after a restart `unfinished` are those of which no one knows how far they came
// (contracts: store). Results are kept for an hour, and at most 1,000 of them, so that a command sent twice is carried
// out once. Home: core. No I/O: it makes the state changes, others commit them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/command.hpp"
#include "ports/outbox.hpp"

namespace wayside::pipeline {

class CommandJournal {
 public:
  static constexpr const char* kSpace = "command";
  static constexpr std::size_t kMostResults = 1000;
  static constexpr std::chrono::hours kKept{1};

  // `stored`: the entries of kSpace. Those that cannot be read are dropped with the next result.
  CommandJournal(const std::vector<ports::StateEntry>& stored, base::BootTime now);

  // Begun and without a result when the gateway ended.
  [[nodiscard]] const std::vector<model::CommandResult>& unfinished() const { return unfinished_; }
  // The result of a command that ended; null: not known (any more).
  [[nodiscard]] const model::CommandResult* find(const std::string& id) const;
  [[nodiscard]] std::size_t size() const { return ended_.size(); }

  [[nodiscard]] static ports::StateChange started(const model::CommandResult& command);
  // Takes the result in; the changes belong into the commit that tells it.
  [[nodiscard]] std::vector<ports::StateChange> ended(const model::CommandResult& command, base::BootTime now);

 private:
  struct Ended {
    model::CommandResult result;
    base::BootTime kept_since{};
    std::uint64_t order = 0;
  };
  void forget(std::vector<ports::StateChange>& changes, base::BootTime now);

  std::map<std::string, Ended> ended_;
  std::vector<model::CommandResult> unfinished_;
  std::vector<std::string> unreadable_;
  std::uint64_t next_ = 0;
};

}  // namespace wayside::pipeline
