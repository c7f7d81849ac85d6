// store-wear: bytes that SQLite hands to its VFS (database, log, checkpoints) for each byte of body, where each commit
// is acknowledged within the next, and the store stays as small as it is on a good link.
#include <fmt/format.h>

#include <deque>

#include "bench/cases.hpp"
#include "bench/counting_vfs.hpp"
#include "bench/report.hpp"
#include "bench/store_rig.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kBytes = 16 * 1000 * 1000;  // of bodies, a measurement
constexpr std::size_t kMostCommits = 8000;

struct Wear {
  double bytes = 0;  // handed over, a byte of body
  double syncs = 0;  // a commit
};

Wear measure(std::size_t body, bool history) {
  Folder folder;
  store::Bounds bounds;
  if (!history) bounds.history = {};
  StoreRig rig(folder.file("wayside.db"), CountingVfs::kName, bounds);
  base::SeededRandom random(1);
  const auto chunk = make_chunk(kTelemetry, body, 1, random);
  const auto make = [&chunk] { return ports::Commit{{chunk}, {}}; };
  // The removal of a chunk goes with the commit that follows it.
  const auto acknowledge = [&rig](const std::vector<ports::StoredKey>& keys) {
    rig.outbox().release({keys.front().key}, {});
  };
  const auto commits = std::min(kBytes / body, kMostCommits);
  rig.commit_one_by_one(commits / 4, make, acknowledge);  // until the file has its size
  const auto bytes = CountingVfs::bytes();
  const auto syncs = CountingVfs::syncs();
  rig.commit_one_by_one(commits, make, acknowledge);
  const auto count = static_cast<double>(commits);
  return {static_cast<double>(CountingVfs::bytes() - bytes) / (count * static_cast<double>(body)),
          static_cast<double>(CountingVfs::syncs() - syncs) / count};
}

void show(const Settings& settings, std::size_t body, bool history, double goal) {
  const auto wear = measure(body, history);
  Result result;
  result.name = "store-wear";
  result.variant = fmt::format("{} B a commit{}", body, history ? ", history" : "");
  result.ours = wear.bytes;
  result.ceiling = 1;
  result.unit = "bytes a byte of body";
  result.goal = goal;
  result.at_most = true;
  result.more = {{"syncs_a_commit", wear.syncs}};
  print(settings, result);
}

}  // namespace

void store_wear(const Settings& settings) {
  const CountingVfs vfs;
  show(settings, 16 * 1024, false, 1.5);
  show(settings, 16 * 1024, true, 2.5);
  // Without a goal: small commits pay for whole pages.
  show(settings, 2048, false, 0);
  show(settings, 300, false, 0);
}

}  // namespace wayside::bench
