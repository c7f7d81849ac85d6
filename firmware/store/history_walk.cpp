#include "store/history_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "store/chunk_row.hpp"
#include "store/sealed_row.hpp"

namespace wayside::store {
namespace {

// Neighbouring chunks may overlap by what buses hand over late.
constexpr std::chrono::microseconds kOverlap = std::chrono::minutes{1};
constexpr std::size_t kMostLooks = 4000;  // of one walk, before others get their turn

std::int64_t limit(ports::StorePosition position) {
  constexpr auto kMax = static_cast<ports::StorePosition>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(position, kMax));
}

}  // namespace

base::Result<HistoryWalk> HistoryWalk::prepare(Database& db) {
  auto head = db.prepare(
      "SELECT position, boot, first_offset, last_offset FROM chunk INDEXED BY chunk_by_stream"
      " WHERE stream=? AND position>=? AND position<? ORDER BY position LIMIT 1");
  if (!head) return head.error();
  auto row = db.prepare(std::string(kSelectChunk) + " WHERE position=?");
  if (!row) return row.error();
  return HistoryWalk(std::move(*head), std::move(*row));
}

HistoryWalk::Found HistoryWalk::of_stream(std::int64_t stream, ports::StorePosition position) {
  ++looks_;
  head_.bind(1, stream).bind(2, limit(position)).bind(3, before_);
  const auto row = head_.step();
  std::optional<Head> out;
  if (row && *row) {
    Head head;
    head.position = static_cast<ports::StorePosition>(head_.integer(0));
    const auto boot = head_.blob(1);
    if (boot.size() == head.boot.size()) std::ranges::copy(boot, head.boot.begin());
    head.first = base::from_us(head_.integer(2));
    head.last = base::from_us(head_.integer(3));
    out = head;
  }
  head_.reset();
  if (!row) return row.error();
  return out;
}

// A row that is released meanwhile goes from the first to the second: it is seen once or twice, never not at all.
HistoryWalk::Found HistoryWalk::at_or_behind(ports::StorePosition position) {
  const auto waiting = of_stream(stream_, position);
  if (!waiting) return waiting;
  const auto released = of_stream(stream_ + kReleased, position);
  if (!released || !*waiting) return released;
  if (!*released || (*waiting)->position < (*released)->position) return waiting;
  return released;
}

HistoryWalk::Found HistoryWalk::first_where(const Head& from, const std::function<bool(const Head&)>& is_there) {
  auto low = from.position;                                // a row where it does not hold
  auto high = static_cast<ports::StorePosition>(before_);  // nothing is there, or a row where it holds
  std::optional<Head> found;
  const auto probe = [&](ports::StorePosition position) -> base::Result<void> {
    auto row = at_or_behind(position);
    if (!row) return row.error();
    if (*row && !is_there(**row)) {
      low = (*row)->position;
    } else {
      high = position;
      found = *row;
    }
    return {};
  };
  for (ports::StorePosition step = 1; low + step < high; step *= 2) {
    const auto before = high;
    if (auto probed = probe(low + step); !probed) return probed.error();
    if (high != before) break;
  }
  while (low + 1 < high) {
    if (auto probed = probe(low + (high - low) / 2); !probed) return probed.error();
  }
  if (found) return found;
  return at_or_behind(low + 1);
}

base::Result<bool> HistoryWalk::show(const Head& head, const ports::RowSealer* sealer, ports::History::Visit& visit,
                                     ports::HistoryStop& stop) {
  row_.bind(1, limit(head.position));
  const auto row = row_.step();
  std::optional<ScannedChunk> found;
  if (row && *row) found = read_chunk(row_);
  row_.reset();
  if (!row) return row.error();
  if (!found) return true;  // gone meanwhile, for want of room
  if (!found->key_holds) {
    return base::Error{base::Errc::corrupt, base::Consequence::fatal,
                       fmt::format("the key of the chunk at position {} does not hold", head.position)};
  }
  bytes_ += found->chunk.chunk.row.size();
  const auto opened = found->whole ? open_row(sealer, found->chunk) : base::Result<void>{};
  if (!opened && opened.error().code == base::Errc::internal) return opened.error();
  if (!found->whole || !opened) {
    ++stop.unreadable;
    return true;
  }
  return visit(found->chunk) == ports::History::Step::on;
}

base::Result<ports::HistoryStop> HistoryWalk::run(const ports::HistoryRange& range, ports::StorePosition before,
                                                  const ports::RowSealer* sealer, ports::History::Visit& visit) {
  stream_ = model::stream_number(range.stream);
  before_ = limit(before);
  looks_ = 0;
  bytes_ = 0;
  ports::HistoryStop stop;
  auto next = at_or_behind(range.from);
  while (next && *next) {
    const auto head = **next;
    if (looks_ > kMostLooks || bytes_ >= range.max_bytes) {
      stop.next = head.position;
      return stop;
    }
    const auto wanted = range.boots.find(head.boot);
    const bool over = wanted == range.boots.end() || head.first >= wanted->second.until + kOverlap;
    if (over) {
      next = first_where(head, [&head](const Head& row) { return row.boot != head.boot; });
      continue;
    }
    const auto& span = wanted->second;
    if (head.last < span.from - kOverlap) {
      next = first_where(
          head, [&head, &span](const Head& row) { return row.boot != head.boot || row.last >= span.from - kOverlap; });
      continue;
    }
    if (head.last >= span.from && head.first < span.until) {
      const auto on = show(head, sealer, visit, stop);
      if (!on) return on.error();
      if (!*on) {
        stop.next = head.position;
        return stop;
      }
    }
    next = at_or_behind(head.position + 1);
  }
  if (!next) return next.error();
  return stop;
}

}  // namespace wayside::store
