// Walks through the chunks of a database of which some pages may be damaged. One thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ports/outbox.hpp"
#include "store/database.hpp"

namespace wayside::store {

// A row as it was found.
struct ScannedChunk {
  ports::StoredChunk chunk;
  std::int64_t row_crc = 0;
  bool released = false;   // history: it has arrived
  bool key_holds = false;  // possible, and as its check says: the row's name can be believed
  bool whole = false;      // the body's checksum holds too
};

// Positions between which chunks may have stood that cannot be read; both ends are outside.
struct ScanGap {
  std::int64_t after = 0;
  std::int64_t before = 0;
};

class ChunkScan {
 public:
  using Take = std::function<base::Result<void>(const ScannedChunk&)>;

  // `end`: no chunk stands at it or behind it, as far as known. `db` must outlive this.
  ChunkScan(Database& db, std::int64_t end) : db_(db), end_(end) {}

  // Gives every row that can be read to `take`, ascending by position. Errors are those of `take` only.
  [[nodiscard]] base::Result<void> run(const Take& take);
  [[nodiscard]] const std::vector<ScanGap>& gaps() const { return gaps_; }

 private:
  // The rows behind `after` until the end (true) or until a page that cannot be read; `after` is then the last row.
  [[nodiscard]] base::Result<bool> walk(std::int64_t& after, const Take& take);
  [[nodiscard]] std::optional<std::int64_t> position_from(std::int64_t position);
  [[nodiscard]] std::optional<ScannedChunk> key_at(std::int64_t position);
  [[nodiscard]] std::int64_t next_readable(std::int64_t after);

  Database& db_;
  std::int64_t end_;
  std::vector<ScanGap> gaps_;
};

}  // namespace wayside::store
