#include "store/opening.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/log.hpp"
#include "store/ledger.hpp"
#include "store/quarantine.hpp"
#include "store/salvage.hpp"

namespace wayside::store {
namespace {

constexpr std::size_t kLongestMark = 500;

class Opening {
 public:
  Opening(const std::string& path, const Database::Options& options, base::Random& random)
      : path_(path), options_(options), files_(options.file_system()), random_(random) {}

  base::Result<OpenedDatabase> run() {
    if (auto settled = take_up(); !settled) return settled.error();
    if (reason_.empty()) {
      auto opened = open_good();
      if (!opened) return opened.error();
      if (*opened) return std::move(**opened);
    }
    if (auto replaced = replace(); !replaced) return replaced.error();
    auto opened = open_good();
    if (!opened) return opened.error();
    // What was written a moment ago and synced does not read back: the disk, not the file.
    if (!*opened) return base::Error{base::Errc::io, base::Consequence::retry_later, path_ + ": " + reason_};
    return std::move(**opened);
  }

 private:
  [[nodiscard]] std::string named(std::string_view suffix) const { return path_ + std::string(suffix); }

  // Finishes what an earlier start has begun. Leaves a reason if the database must be replaced.
  base::Result<void> take_up() {
    const bool is_there = files_.exists(path_);
    const bool is_moved = files_.exists(named(".salvage"));
    if (is_there && is_moved) return put_aside();
    if (!is_there && is_moved) {
      reason_ = marked().value_or("database unusable, its replacement was cut short");
      return move_log();
    }
    if (!is_there && files_.exists(named("-wal"))) {
      auto moved = set_aside(files_, path_, path_);
      if (!moved) return moved.error();
      set_aside_ = *moved;
      fresh_reason_ = "a write-ahead log without its database";
      base::log::error("store.set_aside", {{"file", named("-wal")}, {"moved_to", *moved}, {"reason", fresh_reason_}});
      return {};
    }
    if (is_there) reason_ = marked().value_or("");
    return {};
  }

  std::optional<std::string> marked() {
    if (!files_.exists(named(".damaged"))) return std::nullopt;
    const auto what = files_.read(named(".damaged"), kLongestMark);
    return what && !what->empty() ? std::string(base::as_text(*what)) : "database damaged";
  }

  // None: it cannot be used, `reason_` says why.
  base::Result<std::optional<OpenedDatabase>> open_good() {
    auto db = Database::open(path_, options_);
    if (!db) return judge(db.error());
    auto looked = look_at(*db);
    if (!looked) return judge(looked.error());
    if (looked->found == Found::nothing) return begin_anew(std::move(*db));
    if (looked->found != Found::ours) {
      reason_ = (looked->found == Found::damaged ? "database damaged: " : "database unusable: ") + looked->why;
      return std::optional<OpenedDatabase>{};
    }
    if (auto migrated = migrate(*db); !migrated) return judge(migrated.error());
    if (auto closed = Ledger(*db).close_empty_epochs(); !closed) return judge(closed.error());
    auto origin = read_origin(*db);
    if (!origin) return judge(origin.error());
    OpenReport report{looked->epoch, replaced_, std::move(*origin), set_aside_, salvaged_, std::move(looked->rows)};
    return std::optional<OpenedDatabase>{OpenedDatabase{std::move(*db), std::move(report)}};
  }

  base::Result<std::optional<OpenedDatabase>> judge(const base::Error& error) {
    if (error.code != base::Errc::corrupt) return error;
    reason_ = "database unusable: " + error.what;
    return std::optional<OpenedDatabase>{};
  }

  base::Result<std::optional<OpenedDatabase>> begin_anew(Database db) {
    const Origin origin{fresh_reason_.empty() ? "first start" : fresh_reason_, std::nullopt, {}};
    OpenReport report{draw_epoch(random_), true, origin, set_aside_, 0, {}};
    if (auto made = create_tables(db, report.epoch, origin); !made) return made.error().in("creating " + path_);
    return std::optional<OpenedDatabase>{OpenedDatabase{std::move(db), std::move(report)}};
  }

  base::Result<void> replace() {
    base::log::error("store.replaced", {{"file", path_}, {"reason", reason_}});
    // So that a start that takes this up knows why. Without it the replacement is as good.
    if (!marked()) static_cast<void>(mark_damaged(path_, options_, reason_));
    if (files_.exists(path_)) {
      if (auto moved = files_.rename(path_, named(".salvage")); !moved) return moved;
      if (auto synced = files_.sync_folder(path_); !synced) return synced;
      if (auto moved = move_log(); !moved) return moved;
    }
    if (auto made = make_new(); !made) return made;
    if (auto moved = files_.rename(named(".new"), path_); !moved) return moved;
    if (auto synced = files_.sync_folder(path_); !synced) return synced;
    replaced_ = true;
    return put_aside();
  }

  base::Result<void> move_log() {
    for (const auto* suffix : {"-wal", "-journal"}) {
      if (!files_.exists(named(suffix))) continue;
      if (auto moved = files_.rename(named(suffix), named(".salvage") + suffix); !moved) return moved;
    }
    if (auto gone = files_.remove(named("-shm")); !gone) return gone;
    return files_.sync_folder(path_);
  }

  base::Result<void> make_new() {
    for (const auto* suffix : {".new", ".new-wal", ".new-journal"}) {
      if (auto gone = files_.remove(named(suffix)); !gone) return gone;
    }
    auto into = Database::open_scratch(named(".new"), options_);
    if (!into) return into.error();
    auto salvaged = salvage(named(".salvage"), options_, *into, draw_epoch(random_), reason_);
    if (!salvaged) return salvaged.error();
    salvaged_ = salvaged->chunks;
    base::log::warn("store.salvaged", {{"chunks", salvaged->chunks}, {"damaged", salvaged->damaged}});
    return {};
  }

  // The new one stands: the mark and the old one are no longer needed here.
  base::Result<void> put_aside() {
    if (auto gone = files_.remove(named(".damaged")); !gone) return gone;
    auto moved = set_aside(files_, path_, named(".salvage"));
    if (!moved) return moved.error();
    set_aside_ = *moved;
    base::log::error("store.set_aside", {{"file", path_}, {"moved_to", *moved}});
    prune_set_aside(files_, path_);
    return {};
  }

  const std::string& path_;
  const Database::Options& options_;
  Files& files_;
  base::Random& random_;
  std::string reason_;
  std::string fresh_reason_;
  std::string set_aside_;
  std::uint64_t salvaged_ = 0;
  bool replaced_ = false;
};

}  // namespace

base::Result<OpenedDatabase> open_database(const std::string& path, const Database::Options& options,
                                           base::Random& random) {
  return Opening(path, options, random).run();
}

base::Result<void> mark_damaged(const std::string& path, const Database::Options& options, const std::string& what) {
  auto& files = options.file_system();
  if (auto marked = files.write(path + ".damaged", base::as_bytes(what.substr(0, kLongestMark))); !marked)
    return marked;
  return files.sync_folder(path);
}

}  // namespace wayside::store
