#include "store/books.hpp"

#include <fmt/format.h>

namespace wayside::store {

base::Result<Numbers> load_numbers(Database& db) {
  Numbers out;
  out.next.fill(1);
  auto counters = db.prepare("SELECT stream, next, events FROM counter WHERE stream BETWEEN 1 AND 6");
  if (!counters) return counters.error();
  for (;;) {
    const auto row = counters->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto stream = counters->integer(0);
    // What the query asked for need not be what a damaged page gives.
    if (stream < 1 || stream > static_cast<std::int64_t>(out.next.size()) || counters->integer(1) < 1) {
      return base::Error{base::Errc::corrupt, base::Consequence::fatal, "the counters are damaged"};
    }
    out.next[static_cast<std::size_t>(stream - 1)] = counters->integer(1);
    out.events[static_cast<std::size_t>(stream - 1)] = counters->integer(2);
  }
  const auto position = db.query_integer("SELECT value FROM meta WHERE key='position'");
  if (!position) return position.error();
  out.position = *position;
  return out;
}

base::Result<void> count_again(Database& db, Books& books) {
  const auto count = db.query_integer("SELECT count(*) FROM chunk");
  const auto bytes = db.query_integer("SELECT coalesce(sum(length(row)), 0) FROM chunk");
  if (!count) return count.error();
  if (!bytes) return bytes.error();
  books.stats.chunks = static_cast<std::uint64_t>(*count);
  books.stats.bytes = static_cast<std::uint64_t>(*bytes);
  for (auto& [old, left] : books.old_rows) {
    const auto now =
        db.query_integer(fmt::format("SELECT count(*) FROM chunk WHERE epoch={}", static_cast<std::int64_t>(old)));
    if (!now) return now.error();
    left = static_cast<std::uint64_t>(*now);
  }
  std::erase_if(books.old_rows, [](const auto& entry) { return entry.second == 0; });
  return {};
}

}  // namespace wayside::store
