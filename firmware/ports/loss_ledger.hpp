// The loss ledger as it is told to the platform: entries stand in the store first, events carry them second, and an
// entry goes when the chunk that told it is acknowledged (contracts: the store). Home: core.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "base/unique_function.hpp"
#include "model/loss.hpp"

namespace wayside::ports {

struct LedgerEntry {
  std::uint64_t id = 0;
  std::variant<model::Loss, model::EpochClosed> what;
};

// A StateChange of this space with an entry's id as its key (in decimal) and any value is not kept as state: it says
// that the chunks of the alarm stream, class internal, in the same commit tell that entry.
inline constexpr std::string_view kToldSpace = "ledger/told";

class LossLedger {
 public:
  using EntriesCallback = base::UniqueFunction<void(base::Result<std::vector<LedgerEntry>>)>;
  virtual ~LossLedger() = default;
  // The oldest entries that no stored chunk tells, at most 100.
  virtual void untold(EntriesCallback done) = 0;
  // `news` is posted to core after each change that left or made entries that no chunk tells.
  virtual void watch_ledger(base::UniqueFunction<void()> news) = 0;
};

}  // namespace wayside::ports
