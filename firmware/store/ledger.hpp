// The loss ledger's table. Entries are added inside the transaction that loses the chunks; an entry is told by a range
// of stored chunks (told_first..told_last, positions; 0: not yet) and goes when the last of them is released. cause 0
// is not a loss but the closing of an epoch. Home: the writer's; all calls inside a transaction of its database.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "ports/loss_ledger.hpp"
#include "ports/outbox.hpp"
#include "store/database.hpp"

namespace wayside::store {

// The alarm stream whose chunks tell the ledger.
inline constexpr model::Stream kTellingStream{model::StreamKind::alarm, model::DataClass::internal};

class Ledger {
 public:
  static constexpr std::int64_t kMost = 1000;

  // `db` must outlive this.
  explicit Ledger(Database& db) : db_(db) {}

  // Merges with untold neighbours of the same stream, epoch and cause; beyond kMost the closest two become one, coarse.
  [[nodiscard]] base::Result<void> add(model::Loss loss);
  [[nodiscard]] base::Result<void> add_closed(model::Epoch epoch);
  [[nodiscard]] base::Result<std::vector<ports::LedgerEntry>> untold();
  [[nodiscard]] base::Result<bool> has_untold();
  // The chunks at first..last tell the entry. Unknown ids are ignored.
  [[nodiscard]] base::Result<void> tell(std::int64_t id, ports::StorePosition first, ports::StorePosition last);
  // The chunk at `position` is lost, not acknowledged: what it told must be told again.
  [[nodiscard]] base::Result<void> take_back(ports::StorePosition position);
  // Earlier epochs of which a release that does not know this table has removed the last row. Opens its transaction.
  [[nodiscard]] base::Result<void> close_empty_epochs();
  // Chunks were released: entries of which no telling chunk is left go.
  [[nodiscard]] base::Result<void> settle();

 private:
  [[nodiscard]] base::Result<bool> merge_neighbour(model::Loss& loss);
  [[nodiscard]] base::Result<bool> merge_closest();
  [[nodiscard]] base::Result<void> insert(const model::Loss& loss);

  Database& db_;
};

}  // namespace wayside::store
