// The recorded telemetry, read once more: rows that wait and rows that have arrived and are kept for a while, in the
// order of storing. Home: core; rows are shown on the store's reading Scheduler, answers are posted to core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "model/stream.hpp"
#include "ports/outbox.hpp"

namespace wayside::ports {

// Of the clock of one boot: from <= offset < until.
struct BootSpan {
  base::BootTime from{};
  base::BootTime until{};
};

struct HistoryRange {
  model::Stream stream;                    // of telemetry
  std::map<base::BootId, BootSpan> boots;  // rows that touch these spans; none of other boots
  StorePosition from = 0;                  // rows at it and behind it
  std::size_t max_bytes = 0;               // of rows; then the walk ends, to be gone on with
};

struct HistoryStop {
  std::optional<StorePosition> next;  // where to go on; none: that was all
  std::uint64_t unreadable = 0;       // rows passed over: damaged, or sealed with a key that is not here
};

class History {
 public:
  enum class Step : std::uint8_t {
    on,     // to the next row
    pause,  // the walk ends, and goes on with this row once more
  };
  // On the store's reading Scheduler. May be called after its caller has lost interest.
  using Visit = base::UniqueFunction<Step(const StoredChunk&)>;
  using Done = base::UniqueFunction<void(base::Result<HistoryStop>)>;

  virtual ~History() = default;

  // One walk is a bounded piece of work: it may end before `max_bytes`, so that others get their turn. Errors: io,
  // corrupt (as of Outbox::peek).
  virtual void walk(HistoryRange range, Visit visit, Done done) = 0;
};

}  // namespace wayside::ports
