#include "store/salvage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "store/chunk_row.hpp"
#include "store/ledger.hpp"
#include "store/sealed_row.hpp"

namespace wayside::store {
namespace {

constexpr std::int64_t kFarEnd = std::int64_t{1} << 50;  // more chunks than a gateway ever stores

class Salvage {
 public:
  Salvage(Database& from, Database& into, model::Epoch epoch) : from_(from), into_(into), epoch_(epoch) {}

  base::Result<void> run(const std::string& reason) {
    read_numbering();
    if (auto made = create_tables(into_, epoch_, origin_with(reason), 1); !made) return made;
    if (auto begun = into_.execute("BEGIN"); !begun) return begun;
    for (const auto step : {&Salvage::copy_ledger, &Salvage::copy_chunks, &Salvage::copy_state, &Salvage::enter_gaps,
                            &Salvage::compare_index, &Salvage::close_epochs}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    const auto position = std::max(position_, last_position_ + 1);
    if (auto done = into_.execute(fmt::format("UPDATE meta SET value={} WHERE key='position'", position)); !done) {
      return done;
    }
    return into_.execute("COMMIT");
  }

  [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  void read_numbering() {
    const auto epoch = from_.query_integer("SELECT value FROM meta WHERE key='epoch'");
    if (epoch && *epoch != 0) old_ = model::Epoch{static_cast<std::uint64_t>(*epoch)};
    const auto position = from_.query_integer("SELECT value FROM meta WHERE key='position'");
    if (position && *position > 0 && *position < kFarEnd) position_ = *position;
    if (!old_) return;
    if (!from_.check("counter")) return;  // half a counter is worse than none
    auto counters = from_.prepare("SELECT stream, next FROM counter WHERE next > 0");
    if (!counters) return;
    for (const auto stream : model::kStreams) last_[model::stream_number(stream)] = 0;  // without a row: none yet
    for (;;) {
      const auto row = counters->step();
      if (!row) return last_.clear();
      if (!*row) return;
      const auto known = last_.find(static_cast<int>(counters->integer(0)));
      if (known != last_.end()) known->second = static_cast<std::uint64_t>(counters->integer(1) - 1);
    }
  }

  Origin origin_with(const std::string& reason) const { return {reason, old_, last_}; }

  base::Result<void> copy_chunks() {
    auto put = into_.prepare("INSERT OR IGNORE INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    if (!put) return put.error();
    ChunkScan scan(from_, position_ > 1 ? position_ : kFarEnd);
    auto done = scan.run([this, &put](const ScannedChunk& found) { return take(found, *put); });
    gaps_ = scan.gaps();
    return done;
  }

  base::Result<void> take(const ScannedChunk& found, Statement& put) {
    const auto& key = found.chunk.stored.key;
    if (!found.whole) {
      ++damaged_;
      if (!found.key_holds) return {};  // what stood there is told by the index
      if (found.released) return {};    // it has arrived
      told_.insert(static_cast<std::int64_t>(found.chunk.stored.position));
      return Ledger(into_).add(loss_of(found.chunk, model::LossCause::damaged));
    }
    if (!found.released) {
      ++chunks_;
      ++rows_[key.epoch];
    }
    last_position_ = std::max(last_position_, static_cast<std::int64_t>(found.chunk.stored.position));
    if (is_sealed(found.chunk.chunk)) {
      if (auto done = into_.execute(raise_reader_sql()); !done) return done;
    }
    bind_chunk(put, found.chunk.stored, found.chunk.chunk, found.row_crc, found.released);
    return put.run();
  }

  // From both ends, each as far as it goes.
  base::Result<void> copy_state() {
    auto put = into_.prepare("INSERT OR REPLACE INTO state VALUES(?,?,?)");
    if (!put) return put.error();
    for (const auto* order : {"", " ORDER BY space DESC, key DESC"}) {
      auto rows = from_.prepare(fmt::format("SELECT space, key, value FROM state{}", order));
      if (!rows) continue;
      for (auto row = rows->step(); row && *row; row = rows->step()) {
        const auto value = rows->blob(2);
        put->bind(1, rows->text(0)).bind(2, rows->text(1)).bind(3, base::ByteView(value));
        if (auto done = put->run(); !done) return done;
      }
    }
    return {};
  }

  base::Result<void> copy_ledger() {
    constexpr std::string_view kColumns =
        "id, cause, epoch, stream, first, last, count, coarse, first_boot, first_offset, last_boot, last_offset";
    auto rows = from_.prepare(fmt::format("SELECT {}, told_first, told_last FROM ledger", kColumns));
    if (!rows) return {};  // none, or unreadable
    auto put = into_.prepare("INSERT OR IGNORE INTO ledger VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    if (!put) return put.error();
    for (auto row = rows->step(); row && *row; row = rows->step()) {
      for (int column = 0; column < 14; ++column) {
        if (column == 8 || column == 10) {
          const auto boot = rows->blob(column);
          put->bind(column + 1, base::ByteView(boot));
        } else {
          put->bind(column + 1, rows->integer(column));
        }
      }
      if (auto done = put->run(); !done) return done;
    }
    return {};
  }

  // Where a page could not be read, every number between the neighbours of each stream may have stood: at most those.
  base::Result<void> enter_gaps() {
    for (const auto& gap : gaps_) {
      for (const auto stream : model::kStreams) {
        if (auto done = enter_gap(gap, stream); !done) return done;
      }
    }
    return {};
  }

  // A page may have lost rows without looking damaged; the index, which stands on other pages, knows them.
  base::Result<void> compare_index() {
    auto here = into_.prepare("SELECT 1 FROM chunk WHERE position=?");
    if (!here) return here.error();
    auto rows =
        from_.prepare("SELECT stream, position FROM chunk INDEXED BY chunk_by_stream WHERE stream BETWEEN 1 AND 6");
    if (!rows) return {};
    for (auto row = rows->step(); row && *row; row = rows->step()) {
      const auto stream = rows->integer(0);
      const auto position = rows->integer(1);
      if (stream < 1 || stream > 6 || told_.contains(position)) continue;
      const auto found = here->bind(1, position).step();
      if (!found) return found.error();
      here->reset();
      if (*found) continue;
      const ScanGap gap{position - 1, position + 1};
      if (auto done = enter_gap(gap, model::stream_from_number(static_cast<int>(stream))); !done) return done;
    }
    return {};
  }

  base::Result<void> enter_gap(const ScanGap& gap, model::Stream stream) {
    if (!old_) return {};  // there is no name for what is missing
    const int number = model::stream_number(stream);
    const auto its = fmt::format("stream IN ({}, {})", number, number + kReleased);
    const auto before = neighbour(fmt::format("position<={} AND {} ORDER BY position DESC", gap.after, its));
    const auto behind = neighbour(fmt::format("position>={} AND {} ORDER BY position", gap.before, its));
    if (!before) return before.error();
    if (!behind) return behind.error();
    model::Loss loss;
    loss.cause = model::LossCause::damaged;
    loss.coarse = true;
    loss.epoch = *old_;
    loss.stream = stream;
    loss.first = *before ? (*before)->chunk.stored.key.last + 1 : 1;
    if (*behind) {
      loss.last = (*behind)->chunk.stored.key.first - 1;
    } else if (const auto known = last_.find(number); known != last_.end()) {
      loss.last = known->second;
    }
    if (loss.last < loss.first) return {};
    loss.count = loss.last - loss.first + 1;
    if (*before) {
      loss.first_boot = (*before)->chunk.chunk.boot;
      loss.first_offset = (*before)->chunk.chunk.last_offset;
    }
    if (*behind) {
      loss.last_boot = (*behind)->chunk.chunk.boot;
      loss.last_offset = (*behind)->chunk.chunk.first_offset;
    }
    return Ledger(into_).add(loss);
  }

  base::Result<std::optional<ScannedChunk>> neighbour(const std::string& where) {
    auto find = into_.prepare(
        fmt::format("{} WHERE epoch={} AND {} LIMIT 1", kSelectChunk, static_cast<std::int64_t>(*old_), where));
    if (!find) return find.error();
    const auto row = find->step();
    if (!row) return row.error();
    if (!*row) return std::optional<ScannedChunk>{};
    return std::optional<ScannedChunk>{read_chunk(*find)};
  }

  // Every earlier numbering that still has rows, and the last one in any case, is closed when its last row goes.
  base::Result<void> close_epochs() {
    if (old_) rows_.try_emplace(*old_, 0);
    Ledger ledger(into_);
    for (const auto& [epoch, rows] : rows_) {
      const auto sql = fmt::format("INSERT INTO old_epoch VALUES({}, 0)", static_cast<std::int64_t>(epoch));
      if (auto done = into_.execute(sql); !done) return done;
      if (rows > 0) continue;
      if (auto done = ledger.add_closed(epoch); !done) return done;
    }
    return {};
  }

  Database& from_;
  Database& into_;
  model::Epoch epoch_;
  std::optional<model::Epoch> old_;
  std::int64_t position_ = 1;
  std::map<int, std::uint64_t> last_;
  std::vector<ScanGap> gaps_;
  std::set<std::int64_t> told_;  // positions of damaged rows that are in the ledger by their key
  std::map<model::Epoch, std::uint64_t> rows_;
  std::int64_t last_position_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t damaged_ = 0;
};

// A copy of the file with the first page of a new database of ours, whose tables stand on the same pages.
base::Result<std::string> mend_first_page(const std::string& path, const Database::Options& options) {
  auto& files = options.file_system();
  const auto model = path + ".model";
  const auto copy = path + ".mended";
  for (const auto* suffix : {"", "-wal", "-journal"}) {
    if (auto gone = files.remove(model + suffix); !gone) return gone.error();
    if (auto gone = files.remove(copy + suffix); !gone) return gone.error();
  }
  {
    auto db = Database::open_scratch(model, options);
    if (!db) return db.error();
    if (auto made = create_first_tables(*db); !made) return made.error();
  }
  auto page = files.read(model, 4096);
  if (!page) return page.error();
  if (auto gone = files.remove(model); !gone) return gone.error();
  if (auto copied = files.copy(path, copy); !copied) return copied.error();
  // Bytes 28..31: how many pages there are. 32..39: no free pages that are known.
  std::uint64_t bytes = 0;
  for (const auto& file : files.list(copy)) bytes = file.path == copy ? file.bytes : bytes;
  const auto pages = static_cast<std::uint32_t>(bytes / 4096);
  for (std::size_t i = 0; i < 4; ++i) (*page)[28 + i] = static_cast<std::uint8_t>(pages >> (24U - 8U * i));
  std::fill_n(page->begin() + 32, 8, std::uint8_t{0});
  std::fill_n(page->begin() + 18, 2, std::uint8_t{2});  // there may be a log
  if (auto written = files.write(copy, *page); !written) return written.error();
  if (files.exists(path + "-wal")) {
    if (auto copied = files.copy(path + "-wal", copy + "-wal"); !copied) return copied.error();
  }
  return copy;
}

// Whether the file, as it stands or mended, is ours and can be taken from.
base::Result<Looked> look_into(const std::string& path, const Database::Options& options,
                               std::optional<Database>& opened) {
  auto db = Database::open_untouched(path, options);
  if (!db) {
    if (db.error().code != base::Errc::corrupt) return db.error();
    return Looked{Found::damaged, db.error().what, {}, {}};
  }
  opened.emplace(std::move(*db));
  return look_at(*opened);
}

bool has_our_tables(Database& db) {
  const auto tables = db.query_integer("SELECT count(*) FROM sqlite_master WHERE name IN ('meta','chunk')");
  return tables && *tables == 2;
}

}  // namespace

base::Result<Salvaged> salvage(const std::string& path, const Database::Options& options, Database& into,
                               model::Epoch epoch, const std::string& reason) {
  std::optional<Database> from;
  auto looked = look_into(path, options, from);
  if (!looked) return looked.error();
  Salvaged out{looked->found, looked->why, 0, 0};
  std::string copy;
  if (out.found == Found::damaged && (!from || !has_our_tables(*from))) {
    from.reset();
    auto mended = mend_first_page(path, options);
    if (!mended) return mended.error();
    copy = *mended;
    const auto again = look_into(copy, options, from);
    if (!again) return again.error();
  }
  const auto why = reason.empty() ? "database unusable: " + out.why : reason;
  const bool take = from && (out.found == Found::damaged || out.found == Found::ours) && has_our_tables(*from);
  if (take) {
    Salvage work(*from, into, epoch);
    if (auto done = work.run(why); !done) return done.error();
    out.chunks = work.chunks();
    out.damaged = work.damaged();
  } else {
    Origin origin{why, std::nullopt, {}};
    // Of one that is only too new the numbering can be named.
    const auto old = from ? from->query_integer("SELECT value FROM meta WHERE key='epoch'") : 0;
    if (out.found == Found::newer && old && *old != 0)
      origin.old_epoch = model::Epoch{static_cast<std::uint64_t>(*old)};
    if (auto made = create_tables(into, epoch, origin); !made) return made.error();
  }
  from.reset();
  if (!copy.empty()) {
    for (const auto* suffix : {"", "-wal"}) static_cast<void>(options.file_system().remove(copy + suffix));
  }
  return out;
}

}  // namespace wayside::store
