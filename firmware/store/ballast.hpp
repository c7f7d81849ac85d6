// A file beside the database that only takes room: it is given up when the disk has none left, so that what makes room,
// and the ledger and the alarms, can be written; and made again, a slice at a time, when there is room once more.
// Really written, with bytes that no file system packs. Home: the store's Scheduler.
#pragma once

#include <string>

#include "store/files.hpp"

namespace wayside::store {

class Ballast {
 public:
  // `files` must outlive it. 0 bytes: there is none.
  Ballast(const std::string& database, Files& files, std::uint64_t bytes);

  // True: there was some, and the disk has that much more room now.
  [[nodiscard]] bool give_up();
  [[nodiscard]] bool is_whole() const { return here_ >= bytes_; }
  [[nodiscard]] std::uint64_t missing() const { return is_whole() ? 0 : bytes_ - here_; }
  // Writes one slice more. Fails quietly: it can be tried again.
  void grow();

 private:
  std::string path_;
  Files& files_;
  std::uint64_t bytes_;
  std::uint64_t here_ = 0;
};

}  // namespace wayside::store
