#include "store/quarantine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/log.hpp"

namespace wayside::store {
namespace {

constexpr std::string_view kLog = "-wal";

constexpr int kMostOfASecond = 1000;  // then the last one is written over

// Without the end of a log.
std::string name_of(std::string path) {
  if (path.ends_with(kLog)) path.resize(path.size() - kLog.size());
  return path;
}

}  // namespace

std::string set_aside_prefix(const std::string& database) { return database + ".set-aside-"; }

base::Result<std::string> set_aside(Files& files, const std::string& database, const std::string& from) {
  const bool has_file = files.exists(from);
  const auto time = files.written_at(has_file ? from : from + std::string(kLog));
  // Behind all of the same second, so that names sort by age.
  std::string target = set_aside_prefix(database) + time;
  std::string newest;  // a log belongs to its file, and may be all there is of it
  for (const auto& file : files.list(target)) newest = std::max(newest, name_of(file.path));
  for (int n = 2; n < kMostOfASecond && target <= newest; ++n) {
    target = fmt::format("{}{}-{:03}", set_aside_prefix(database), time, n);
  }
  if (files.exists(from + std::string(kLog))) {
    if (auto moved = files.rename(from + std::string(kLog), target + std::string(kLog)); !moved) return moved.error();
  }
  if (has_file) {
    if (auto moved = files.rename(from, target); !moved) return moved.error();
  }
  if (auto synced = files.sync_folder(database); !synced) return synced.error();
  return target;
}

void prune_set_aside(Files& files, const std::string& database) {
  // Names sort by their time; a log belongs to its file.
  std::map<std::string, std::vector<FileInfo>> by_name;
  for (auto& file : files.list(set_aside_prefix(database))) {
    by_name[name_of(file.path)].push_back(std::move(file));
  }
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  for (auto at = by_name.rbegin(); at != by_name.rend(); ++at) {
    for (const auto& file : at->second) bytes += file.bytes;
    if (kept++ == 0 || (kept <= kMostSetAside && bytes <= kMostSetAsideBytes)) continue;
    for (const auto& file : at->second) {
      const auto removed = files.remove(file.path);
      base::log::warn("store.set_aside_removed", {{"file", file.path}, {"done", removed.has_value()}});
    }
  }
}

}  // namespace wayside::store
