// What goes when there is no room, or when it is too old, in this order: history past its time; history at all, the
// oldest first; what was set aside; telemetry that was not sent, the oldest first, each an entry of the ledger; alarms
// and audit last. One slice at a time, inside a transaction of the writer. Home: the store's Scheduler.
#pragma once

#include <array>
#include <optional>

#include "store/room.hpp"
#include "store/row_writer.hpp"

namespace wayside::store {

class Trimmer {
 public:
  // All must outlive it. `rows`: null while there is no database; then nothing may be asked.
  Trimmer(std::optional<Database>& db, std::optional<RowWriter>& rows, Room& room, const Bounds& bounds)
      : db_(db), rows_(rows), room_(room), bounds_(bounds) {}

  // Whether there is too little room, or, once there was, not yet enough again.
  [[nodiscard]] base::Result<bool> is_short();
  // Whether something is past its time. `age`: of the store, in seconds.
  [[nodiscard]] base::Result<bool> has_expired(std::int64_t age);
  // Removes up to one slice of it. False: there was nothing to remove. Only chunks before `first_unsure` are touched.
  [[nodiscard]] base::Result<bool> remove_slice(std::int64_t age, ports::StorePosition first_unsure);

 private:
  enum class Kind : std::uint8_t { history, telemetry, alarm };
  struct Slice {
    std::uint64_t bytes = 0;
    std::size_t rows = 0;
    [[nodiscard]] bool is_full() const;
  };
  [[nodiscard]] base::Result<std::int64_t> oldest(Kind kind, std::int64_t before);  // 0: none
  // Until the slice is full or nothing of the kind is left.
  [[nodiscard]] base::Result<void> remove(Kind kind, std::int64_t before, Slice& slice);
  // Chunks before it are older than `span`. 0: none is, as far as known.
  [[nodiscard]] base::Result<std::int64_t> before(std::int64_t age, std::chrono::seconds span);

  std::optional<Database>& db_;
  std::optional<RowWriter>& rows_;
  Room& room_;
  Bounds bounds_;
  bool making_room_ = false;
};

}  // namespace wayside::store
