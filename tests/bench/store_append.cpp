// store-append: events of 200 bytes, a hundred a commit, each commit answered before the next is given (the recorder
// has one under way), against a file to which as many bytes are appended and synced.
#include "bench/cases.hpp"
#include "bench/report.hpp"
#include "bench/store_rig.hpp"

namespace wayside::bench {
namespace {

constexpr std::uint32_t kEvents = 100;  // a commit
constexpr std::size_t kEventBytes = 200;
constexpr std::uint32_t kChunks = 2;  // they take: a body is at most 16 KiB

double log_rate(double seconds) {
  Folder folder;
  PlainLog log(folder.file("plain.log"));
  base::SeededRandom random(1);
  const auto group = make_chunk(kTelemetry, kEvents * kEventBytes, kEvents, random).row;
  const double begun = wall_seconds();
  double groups = 0;
  while (wall_seconds() - begun < seconds) {
    log.append(group);
    ++groups;
  }
  return groups * kEvents / (wall_seconds() - begun);
}

double store_rate(double seconds) {
  Folder folder;
  StoreRig rig(folder.file("wayside.db"));
  base::SeededRandom random(1);
  const auto chunk = make_chunk(kTelemetry, kEvents / kChunks * kEventBytes, kEvents / kChunks, random);
  const double begun = wall_seconds();
  const auto commits = rig.commit_for(seconds, [&chunk] { return ports::Commit{{chunk, chunk}, {}}; });
  return static_cast<double>(commits) * kEvents / (wall_seconds() - begun);
}

}  // namespace

void store_append(const Settings& settings) {
  std::vector<double> ours;
  std::vector<double> ceilings;
  for (int i = 0; i < settings.rounds; ++i) {
    ceilings.push_back(log_rate(settings.seconds));
    ours.push_back(store_rate(settings.seconds));
  }
  Result result;
  result.name = "store-append";
  result.variant = "200 B, 100 a commit";
  result.ours = median(ours);
  result.ceiling = median(ceilings);
  result.unit = "events/s";
  result.goal = 0.8;
  print(settings, result);
}

}  // namespace wayside::bench
