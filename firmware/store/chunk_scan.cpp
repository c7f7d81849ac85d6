#include "store/chunk_scan.hpp"

#include <algorithm>

#include "store/chunk_row.hpp"

namespace wayside::store {
namespace {

constexpr int kMostGaps = 10'000;  // a page each; behind them the rest is given up

}  // namespace

base::Result<void> ChunkScan::run(const Take& take) {
  std::int64_t after = 0;
  for (int passed_over = 0; passed_over < kMostGaps && gaps_.size() < kMostGaps;) {
    const auto done = walk(after, take);
    if (!done) return done.error();
    if (*done) return {};
    // The next row that can be found may be the one whose body cannot be read: then at least its key is told.
    if (const auto broken = position_from(after + 1)) {
      if (const auto key = key_at(*broken)) {
        if (auto taken = take(*key); !taken) return taken;
      } else {
        gaps_.push_back({after, *broken + 1});
      }
      ++passed_over;
      after = *broken;
      continue;
    }
    const auto next = next_readable(after);
    gaps_.push_back({after, next});
    if (next >= end_) return {};
    after = next - 1;
  }
  gaps_.push_back({after, end_});
  return {};
}

base::Result<bool> ChunkScan::walk(std::int64_t& after, const Take& take) {
  auto rows = db_.prepare(std::string(kSelectChunk) + " WHERE position>? ORDER BY position");
  if (!rows) return false;
  rows->bind(1, after);
  for (;;) {
    const auto row = rows->step();
    if (!row) return false;
    if (!*row) return true;
    const auto position = rows->integer(0);
    if (position <= after) return false;  // a damaged page that goes in circles
    after = position;
    if (auto taken = take(read_chunk(*rows)); !taken) return taken.error();
  }
}

std::optional<std::int64_t> ChunkScan::position_from(std::int64_t position) {
  auto find = db_.prepare("SELECT position FROM chunk WHERE position>=? ORDER BY position LIMIT 1");
  if (!find) return std::nullopt;
  const auto row = find->bind(1, position).step();
  if (!row || !*row || find->integer(0) < position) return std::nullopt;
  return find->integer(0);
}

std::optional<ScannedChunk> ChunkScan::key_at(std::int64_t position) {
  auto find = db_.prepare(
      "SELECT position, epoch, stream, first, last, boot, catalogue, events, first_offset, last_offset, codec, "
      "checksum,"
      " row_crc, x'' FROM chunk WHERE position=?");
  if (!find) return std::nullopt;
  const auto row = find->bind(1, position).step();
  if (!row || !*row) return std::nullopt;
  auto out = read_chunk(*find);
  out.whole = false;
  return out;
}

// In steps that double, then halved: a page that cannot be read ends somewhere in between.
std::int64_t ChunkScan::next_readable(std::int64_t after) {
  std::int64_t bad = after + 1;
  std::int64_t good = end_;
  for (std::int64_t step = 1; bad + step < end_; step *= 2) {
    if (const auto found = position_from(bad + step)) {
      good = *found;
      break;
    }
    bad += step;
  }
  if (good >= end_) return end_;
  while (bad + 1 < good) {
    const auto middle = bad + (good - bad) / 2;
    if (const auto found = position_from(middle)) {
      if (*found >= good) {
        good = middle;  // nothing stands between
      } else {
        good = *found;
      }
    } else {
      bad = middle;
    }
  }
  return position_from(good).value_or(end_);
}

}  // namespace wayside::store
