#include "store/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wayside::store {
namespace {

constexpr std::string_view kColumns =
    "id, cause, epoch, stream, first, last, count, coarse, first_boot, first_offset, last_boot, last_offset";

base::BootId boot_of(const base::Bytes& bytes) {
  base::BootId out{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

model::Loss to_loss(const Statement& row) {
  model::Loss out;
  out.entry = static_cast<std::uint64_t>(row.integer(0));
  out.cause = static_cast<model::LossCause>(row.integer(1));
  out.epoch = model::Epoch{static_cast<std::uint64_t>(row.integer(2))};
  out.stream = model::stream_from_number(static_cast<int>(std::clamp<std::int64_t>(row.integer(3), 1, 6)));
  out.first = static_cast<std::uint64_t>(row.integer(4));
  out.last = static_cast<std::uint64_t>(row.integer(5));
  out.count = static_cast<std::uint64_t>(row.integer(6));
  out.coarse = row.integer(7) != 0;
  out.first_boot = boot_of(row.blob(8));
  out.first_offset = base::from_us(row.integer(9));
  out.last_boot = boot_of(row.blob(10));
  out.last_offset = base::from_us(row.integer(11));
  return out;
}

bool is_known(const base::BootId& boot) { return boot != base::BootId{}; }

// `late` follows `early` in the stream.
model::Loss joined(const model::Loss& early, const model::Loss& late) {
  model::Loss out = early;
  out.last = std::max(early.last, late.last);
  out.count = std::min(early.count + late.count, out.last - out.first + 1);
  out.coarse = early.coarse || late.coarse || early.last + 1 < late.first;
  if (!is_known(out.first_boot)) {
    out.first_boot = late.first_boot;
    out.first_offset = late.first_offset;
  }
  if (is_known(late.last_boot)) {
    out.last_boot = late.last_boot;
    out.last_offset = late.last_offset;
  }
  return out;
}

}  // namespace

base::Result<void> Ledger::add(model::Loss loss) {
  for (;;) {
    const auto merged = merge_neighbour(loss);
    if (!merged) return merged.error();
    if (!*merged) break;
  }
  if (auto done = insert(loss); !done) return done;
  for (;;) {
    const auto count = db_.query_integer("SELECT count(*) FROM ledger");
    if (!count) return count.error();
    if (*count <= kMost) return {};
    const auto merged = merge_closest();
    if (!merged) return merged.error();
    if (!*merged) return {};  // no two entries are of one stream and cause: so few that they stay
  }
}

base::Result<bool> Ledger::merge_neighbour(model::Loss& loss) {
  auto find = db_.prepare(fmt::format(
      "SELECT {} FROM ledger WHERE told_last=0 AND cause=? AND epoch=? AND stream=? AND first<=? AND last>=? LIMIT 1",
      kColumns));
  if (!find) return find.error();
  find->bind(1, static_cast<std::int64_t>(loss.cause))
      .bind(2, static_cast<std::int64_t>(loss.epoch))
      .bind(3, std::int64_t{model::stream_number(loss.stream)})
      .bind(4, static_cast<std::int64_t>(loss.last) + 1)
      .bind(5, static_cast<std::int64_t>(loss.first) - 1);
  const auto row = find->step();
  if (!row) return row.error();
  if (!*row) return false;
  const auto there = to_loss(*find);
  find->reset();
  loss = there.first <= loss.first ? joined(there, loss) : joined(loss, there);
  if (auto gone = db_.execute(fmt::format("DELETE FROM ledger WHERE id={}", there.entry)); !gone) return gone.error();
  return true;
}

base::Result<bool> Ledger::merge_closest() {
  auto find = db_.prepare(
      "SELECT id, next FROM (SELECT id, told_last, lead(id) OVER w AS next, lead(told_last) OVER w AS next_told,"
      " lead(first) OVER w - last AS gap FROM ledger WHERE cause<>0"
      " WINDOW w AS (PARTITION BY cause, epoch, stream ORDER BY first))"
      " WHERE next IS NOT NULL ORDER BY told_last<>0 OR next_told<>0, gap LIMIT 1");
  if (!find) return find.error();
  const auto row = find->step();
  if (!row) return row.error();
  if (!*row) return false;
  const auto early = find->integer(0);
  const auto late = find->integer(1);
  find->reset();
  std::vector<model::Loss> both;
  for (const auto id : {early, late}) {
    auto get = db_.prepare(fmt::format("SELECT {} FROM ledger WHERE id={}", kColumns, id));
    if (!get) return get.error();
    const auto found = get->step();
    if (!found) return found.error();
    both.push_back(to_loss(*get));
  }
  if (auto gone = db_.execute(fmt::format("DELETE FROM ledger WHERE id IN ({}, {})", early, late)); !gone) {
    return gone.error();
  }
  // The new entry is untold, also where one of the two was told: it says more.
  if (auto done = insert(joined(both.front(), both.back())); !done) return done.error();
  return true;
}

base::Result<void> Ledger::insert(const model::Loss& loss) {
  auto put = db_.prepare(
      "INSERT INTO ledger(cause, epoch, stream, first, last, count, coarse, first_boot, first_offset, last_boot,"
      " last_offset) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  if (!put) return put.error();
  return put->bind(1, static_cast<std::int64_t>(loss.cause))
      .bind(2, static_cast<std::int64_t>(loss.epoch))
      .bind(3, std::int64_t{model::stream_number(loss.stream)})
      .bind(4, static_cast<std::int64_t>(loss.first))
      .bind(5, static_cast<std::int64_t>(loss.last))
      .bind(6, static_cast<std::int64_t>(loss.count))
      .bind(7, std::int64_t{loss.coarse ? 1 : 0})
      .bind(8, base::ByteView(loss.first_boot))
      .bind(9, base::to_us(loss.first_offset))
      .bind(10, base::ByteView(loss.last_boot))
      .bind(11, base::to_us(loss.last_offset))
      .run();
}

base::Result<void> Ledger::add_closed(model::Epoch epoch) {
  const auto number = static_cast<std::int64_t>(epoch);
  return db_.execute(
      fmt::format("UPDATE old_epoch SET closed=1 WHERE epoch={};"
                  "INSERT INTO ledger(cause, epoch, stream, first, last, count, coarse, first_boot,"
                  " first_offset, last_boot, last_offset) VALUES(0, {}, 0, 0, 0, 0, 0, x'', 0, x'', 0)",
                  number, number));
}

base::Result<std::vector<ports::LedgerEntry>> Ledger::untold() {
  auto rows = db_.prepare(fmt::format("SELECT {} FROM ledger WHERE told_last=0 ORDER BY id LIMIT 100", kColumns));
  if (!rows) return rows.error();
  std::vector<ports::LedgerEntry> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    auto& entry = out.emplace_back();
    const auto loss = to_loss(*rows);
    entry.id = loss.entry;
    if (rows->integer(1) == 0) {
      entry.what = model::EpochClosed{loss.epoch};
    } else {
      entry.what = loss;
    }
  }
}

base::Result<bool> Ledger::has_untold() {
  const auto one = db_.query_integer("SELECT count(*) FROM (SELECT 1 FROM ledger WHERE told_last=0 LIMIT 1)");
  if (!one) return one.error();
  return *one != 0;
}

base::Result<void> Ledger::tell(std::int64_t id, ports::StorePosition first, ports::StorePosition last) {
  return db_.execute(fmt::format("UPDATE ledger SET told_first={}, told_last={} WHERE id={}", first, last, id));
}

base::Result<void> Ledger::take_back(ports::StorePosition position) {
  return db_.execute(
      fmt::format("UPDATE ledger SET told_first=0, told_last=0 WHERE told_first<={0} AND told_last>={0}", position));
}

base::Result<void> Ledger::close_empty_epochs() {
  std::vector<model::Epoch> empty;
  auto open = db_.prepare(
      "SELECT epoch FROM old_epoch WHERE closed=0 AND epoch NOT IN (SELECT epoch FROM chunk WHERE stream<=6)");
  if (!open) return open.error();
  for (;;) {
    const auto row = open->step();
    if (!row) return row.error();
    if (!*row) break;
    empty.push_back(model::Epoch{static_cast<std::uint64_t>(open->integer(0))});
  }
  open->reset();
  if (empty.empty()) return {};
  if (auto begun = db_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  for (const auto epoch : empty) {
    if (auto done = add_closed(epoch); !done) return done;
  }
  return db_.execute("COMMIT");
}

base::Result<void> Ledger::settle() {
  return db_.execute(
      fmt::format("DELETE FROM ledger WHERE told_last<>0 AND NOT EXISTS (SELECT 1 FROM chunk WHERE stream={} AND"
                  " position BETWEEN told_first AND told_last)",
                  model::stream_number(kTellingStream)));
}

}  // namespace wayside::store
