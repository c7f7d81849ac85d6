#include "store/books.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  const auto age = db.query_integer("SELECT value FROM meta WHERE key='age'");  // none yet: 0
  if (!age) return age.error();
  out.age = std::max<std::int64_t>(*age, 0);
  const auto marked = db.query_integer("SELECT coalesce(max(age), -1) FROM mark");
  if (!marked) return marked.error();
  out.marked = std::min(*marked, out.age);
  return out;
}

base::Result<void> count_again(Database& db, Books& books) {
  auto counts = db.prepare("SELECT stream>6, count(*), sum(length(row)) FROM chunk GROUP BY 1");
  if (!counts) return counts.error();
  auto& stats = books.stats;
  stats.chunks = stats.bytes = stats.history_chunks = stats.history_bytes = 0;
  for (;;) {
    const auto row = counts->step();
    if (!row) return row.error();
    if (!*row) break;
    const bool released = counts->integer(0) != 0;
    (released ? stats.history_chunks : stats.chunks) = static_cast<std::uint64_t>(counts->integer(1));
    (released ? stats.history_bytes : stats.bytes) = static_cast<std::uint64_t>(counts->integer(2));
  }
  for (auto& [old, left] : books.old_rows) {
    const auto now = db.query_integer(
        fmt::format("SELECT count(*) FROM chunk WHERE epoch={} AND stream<=6", static_cast<std::int64_t>(old)));
    if (!now) return now.error();
    left = static_cast<std::uint64_t>(*now);
  }
  std::erase_if(books.old_rows, [](const auto& entry) { return entry.second == 0; });
  return {};
}

}  // namespace wayside::store
