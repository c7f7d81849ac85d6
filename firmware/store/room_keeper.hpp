// When to look at the room, what to do about it, and the ballast: what the writer asks after each commit.
// Home: the store's Scheduler.
#pragma once

#include "base/clock.hpp"
#include "store/ballast.hpp"
#include "store/trimmer.hpp"

namespace wayside::store {

class RoomKeeper {
 public:
  // All must outlive it.
  RoomKeeper(const std::string& path, Files& files, const Bounds& bounds, std::optional<Database>& db,
             std::optional<RowWriter>& rows)
      : bounds_(bounds),
        db_(db),
        room_(path, files, bounds),
        ballast_(path, files, bounds.ballast),
        trimmer_(db, rows, room_, bounds) {}

  void wrote(std::size_t bytes) { unchecked_bytes_ += bytes; }
  // Cheap after every commit: asks the database once for so many bytes written, the folder and the ages once a minute.
  // True: something must go now. Else the ballast may have grown a slice. Requires: there is a database.
  [[nodiscard]] bool must_trim(base::BootTime now, std::int64_t age);
  // The same, asked at once: after a slice has gone.
  [[nodiscard]] bool must_trim_more(std::int64_t age);
  // There was no room. True: there may be now.
  [[nodiscard]] bool give_up_ballast(base::BootTime now);

  [[nodiscard]] Room& room() { return room_; }
  [[nodiscard]] Trimmer& trimmer() { return trimmer_; }

 private:
  void grow_ballast(base::BootTime now);

  Bounds bounds_;
  std::optional<Database>& db_;
  Room room_;
  Ballast ballast_;
  Trimmer trimmer_;
  std::size_t unchecked_bytes_ = 0;  // written since the room was asked for
  std::optional<base::BootTime> looked_;
  base::BootTime no_ballast_before_{};
};

}  // namespace wayside::store
