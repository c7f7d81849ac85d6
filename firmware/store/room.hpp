// How much of the disk the store takes and may still take. Bytes are those of used pages, the log, what was set aside
// and the ballast: SQLite's file does not shrink, its free pages are taken before it grows (docs/decisions/0015). Home:
// the store's Scheduler.
#pragma once

#include <string>

#include "ports/outbox.hpp"
#include "store/bounds.hpp"
#include "store/database.hpp"

namespace wayside::store {

struct RoomFigures {
  std::uint64_t file = 0;    // the database, used pages and free ones
  std::uint64_t spare = 0;   // its free pages
  std::uint64_t beside = 0;  // log, set aside, ballast
  std::uint64_t disk = 0;    // free on the file system
  [[nodiscard]] std::uint64_t taken() const { return file - spare + beside; }
};

class Room {
 public:
  // `files` must outlive it.
  Room(std::string path, Files& files, const Bounds& bounds) : path_(std::move(path)), files_(files), bounds_(bounds) {}

  // Looks at the files beside the database, and at the file system: not for every commit.
  void look();
  // Asks the database; the rest is as it was looked at. Errors: those of the disk.
  [[nodiscard]] base::Result<RoomFigures> measure(Database& db);

  // What may still be written before something must go; below zero: too much is there already.
  [[nodiscard]] std::int64_t left(const RoomFigures& now) const;
  // With less than that left something goes, until twice as much is left.
  [[nodiscard]] std::int64_t least() const;
  // The oldest of what was set aside is removed. False: there is none.
  [[nodiscard]] bool drop_set_aside();

 private:
  std::string path_;
  Files& files_;
  Bounds bounds_;
  std::uint64_t beside_ = 0;
  std::uint64_t disk_ = 0;
};

// Fills in what only the database and the folder know. What cannot be read stays 0.
void look_up(Database& db, Room& room, ports::OutboxStats& stats);

}  // namespace wayside::store
