#include "store/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "store/quarantine.hpp"

namespace wayside::store {
namespace {

constexpr std::int64_t kMostLeast = std::int64_t{128} * 1024;
constexpr std::int64_t kShareOfAll = 32;

std::uint64_t count(Database& db, std::string_view sql) {
  const auto found = db.query_integer(sql);
  return found ? static_cast<std::uint64_t>(*found) : 0;
}

std::optional<ports::RecordedAt> oldest(Database& db, std::string_view streams) {
  auto find = db.prepare(fmt::format(
      "SELECT boot, first_offset FROM chunk WHERE position = (SELECT min(position) FROM chunk WHERE {})", streams));
  if (!find) return std::nullopt;
  const auto row = find->step();
  if (!row || !*row) return std::nullopt;
  ports::RecordedAt out;
  const auto boot = find->blob(0);
  std::copy_n(boot.begin(), std::min(boot.size(), out.boot.size()), out.boot.begin());
  out.offset = base::from_us(find->integer(1));
  return out;
}

}  // namespace

void Room::look() {
  beside_ = 0;
  for (const auto& file : files_.list(path_)) {
    if (file.path != path_ && !file.path.ends_with("-shm")) beside_ += file.bytes;
  }
  const auto free = files_.free_bytes(path_);
  // Not known: only the cap holds then.
  disk_ = free ? *free : std::numeric_limits<std::uint64_t>::max() / 2;
}

base::Result<RoomFigures> Room::measure(Database& db) {
  const auto pages = db.query_integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto spare = db.query_integer("PRAGMA freelist_count");
  if (!spare) return spare.error();
  const auto size = db.query_integer("PRAGMA page_size");
  if (!size) return size.error();
  // Pages that only the log has are counted twice while they wait there: the file grows with the next checkpoint.
  return RoomFigures{static_cast<std::uint64_t>(*pages * *size),
                     static_cast<std::uint64_t>(std::min(*spare, *pages) * *size), beside_, disk_};
}

std::int64_t Room::left(const RoomFigures& now) const {
  const auto of_cap = static_cast<std::int64_t>(bounds_.max_bytes) - static_cast<std::int64_t>(now.taken());
  const auto to_grow = now.disk > bounds_.min_free ? now.disk - bounds_.min_free : 0;
  const auto of_disk = static_cast<std::int64_t>(now.spare + std::min(to_grow, bounds_.max_bytes));
  return std::min(of_cap, of_disk);
}

std::int64_t Room::least() const {
  return std::min(kMostLeast, static_cast<std::int64_t>(bounds_.max_bytes) / kShareOfAll);
}

bool Room::drop_set_aside() {
  const auto files = files_.list(set_aside_prefix(path_));
  if (files.empty()) return false;
  const auto& oldest = files.front().path;
  auto removed = files_.remove(oldest);
  if (removed) removed = files_.remove(oldest + "-wal");
  base::log::warn("store.set_aside_removed", {{"file", oldest}, {"done", removed.has_value()}});
  look();
  return removed.has_value();
}

void look_up(Database& db, Room& room, ports::OutboxStats& stats) {
  room.look();
  if (const auto now = room.measure(db)) {
    stats.file_bytes = now->file;
    stats.taken_bytes = now->taken();
    stats.spare_bytes = now->spare;
    stats.beside_bytes = now->beside;
    stats.disk_free_bytes = now->disk;
  }
  stats.ledger_entries = count(db, "SELECT count(*) FROM ledger");
  stats.ledger_untold = count(db, "SELECT count(*) FROM ledger WHERE told_last=0");
  stats.oldest = oldest(db, "stream<=6");
  stats.oldest_history = oldest(db, "stream>6");
}

}  // namespace wayside::store
