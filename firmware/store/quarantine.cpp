#include "store/quarantine.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "base/log.hpp"

namespace wayside::store {
namespace {

constexpr std::string_view kLog = "-wal";

std::string prefix_of(const std::string& database) { return database + ".set-aside-"; }

}  // namespace

base::Result<std::string> set_aside(Files& files, const std::string& database, const std::string& from) {
  const bool has_file = files.exists(from);
  const auto time = files.written_at(has_file ? from : from + std::string(kLog));
  // Behind all of the same second, so that names sort by age.
  std::string target = prefix_of(database) + time;
  const auto there = files.list(target);
  for (int n = 2; !there.empty() && target <= there.back().path; ++n) {
    target = fmt::format("{}{}-{:03}", prefix_of(database), time, n);
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
  for (auto& file : files.list(prefix_of(database))) {
    auto name = file.path;
    if (name.ends_with(kLog)) name.resize(name.size() - kLog.size());
    by_name[name].push_back(std::move(file));
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
